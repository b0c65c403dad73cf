/** What the person may do, and where. The service decides; this only keeps out of sight what it would refuse. */
import type { Capability, User } from "../api/types";
import type { PageName } from "../state/hash";

/** In this unit; without one, in some unit. */
export function may(user: User | null | undefined, capability: Capability, unit?: string | null): boolean {
  const units = user?.capabilities[capability] ?? [];
  if (unit === undefined || unit === null) return units.length > 0;
  return units.includes("*") || units.includes(unit);
}

/** Pages that everybody may open, those that need somebody signed in, and those that need a capability. */
const OPEN: readonly PageName[] = ["procedures", "track"];
const SIGNED_IN: readonly PageName[] = ["account", "file", "mine", "dossier"];
const NEEDS: Partial<Record<PageName, Capability>> = {
  admin: "accounts.manage",
  audit: "audit.read",
  approvals: "edit.approve",
  counter: "desk.reception",
  desk: "dossier.read",
  board: "board.read",
  catalogue: "catalogue.write",
  calendar: "catalogue.write",
  partners: "partners.manage",
  findings: "finding.read",
  precision: "finding.read",
};

/** The page an address asks for, if this person may see it. */
export function pageFor(user: User | null | undefined, page: PageName | null): PageName | null {
  if (page === null || OPEN.includes(page)) return page;
  if (!user) return null;
  if (SIGNED_IN.includes(page)) return page;
  const needed = NEEDS[page];
  return needed !== undefined && may(user, needed) ? page : null;
}
