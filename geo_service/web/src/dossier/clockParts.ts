/** The ledger of a clock as the parts of a bar. Pure. */
import type { ClockInterval, Named } from "../api/dossierTypes";

export interface ClockPart {
  from: string;
  /** null: it runs on */
  until: string | null;
  counts: boolean;
  reason: Named | null;
  /** of the whole bar, 0 to 1; never so small that it cannot be seen */
  share: number;
  hours: number;
}

const LEAST = 0.02;

/** Parts in the order in which they were; the open one ends now. */
export function clockParts(intervals: readonly ClockInterval[], now: number): ClockPart[] {
  const parts = intervals.map(({ started_at, ended_at, counts, reason }) => ({
    from: started_at,
    until: ended_at,
    counts,
    reason,
    hours: Math.max(0, (ended_at === null ? now : Date.parse(ended_at)) - Date.parse(started_at)) / 3_600_000,
  }));
  const total = parts.reduce((sum, { hours }) => sum + hours, 0);
  const wide = parts.map((part) => ({ ...part, share: Math.max(LEAST, total ? part.hours / total : 1) }));
  const sum = wide.reduce((all, { share }) => all + share, 0);
  return wide.map((part) => ({ ...part, share: part.share / sum }));
}
