/** When a role is held. Pure. */
import type { Assignment } from "../api/types";
import { isoDay } from "../format";

export type Standing = "now" | "future" | "past";

/** Days are whole days of Hanoi; on the day `until` it is over. */
export function standing({ from, until, ended_at }: Assignment, now: Date): Standing {
  if (ended_at !== null) return "past";
  const today = isoDay(now);
  if (from.slice(0, 10) > today) return "future";
  return until !== null && until.slice(0, 10) <= today ? "past" : "now";
}

export const inForce = (assignment: Assignment, now: Date): boolean => standing(assignment, now) === "now";

const ORDER: Record<Standing, number> = { now: 0, future: 1, past: 2 };

/** Those in force first, then those to come, then the past, each newest first. */
export function sorted(assignments: readonly Assignment[], now: Date): Assignment[] {
  return [...assignments].sort(
    (a, b) => ORDER[standing(a, now)] - ORDER[standing(b, now)] || b.given_at.localeCompare(a.given_at),
  );
}
