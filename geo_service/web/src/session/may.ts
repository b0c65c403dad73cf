/** What the person may do, and where. The service decides; this only keeps out of sight what it would refuse. */
import type { Capability, User } from "../api/types";
import type { PageName } from "../state/hash";

/** In this unit; without one, in some unit. */
export function may(user: User | null | undefined, capability: Capability, unit?: string | null): boolean {
  const units = user?.capabilities[capability] ?? [];
  if (unit === undefined || unit === null) return units.length > 0;
  return units.includes("*") || units.includes(unit);
}

/** The page an address asks for, if this person may see it. */
export function pageFor(user: User | null | undefined, page: PageName | null): PageName | null {
  if (!user || page === null || page === "account") return user ? page : null;
  const needed = { admin: "accounts.manage", audit: "audit.read", approvals: "edit.approve" } as const;
  return may(user, needed[page]) ? page : null;
}
