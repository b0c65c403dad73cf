/** Whether a block holds on a day (`YYYY-MM-DD`); it ends before `until`. Pure. */
import type { Block } from "../api/types";

export function inForce({ from, until, lifted_at }: Block, today: string): boolean {
  if (lifted_at !== null) return false;
  return (from === null || from <= today) && (until === null || until > today);
}
