/** What somebody hears of: the desks of the units in which they may read dossiers. Pure. */
import type { User } from "../api/types";

export function deskTopics(user: User | null | undefined): string[] {
  const units = user?.capabilities["dossier.read"] ?? [];
  return (units.includes("*") ? ["*"] : units).map((unit) => `desk/${unit}`);
}
