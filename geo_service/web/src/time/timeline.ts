/** Which mark of the timeline a seq belongs to: the last one not after it. */
import type { TimelineMark } from "../api/types";

export function markOf(marks: readonly TimelineMark[], seq: number | null): number {
  if (seq === null) return marks.length - 1;
  let found = 0;
  for (let i = 0; i < marks.length; i++) if ((marks[i]?.seq ?? Number.POSITIVE_INFINITY) <= seq) found = i;
  return found;
}

/** The seq to show for a mark; the last one is now, which is not a past state. */
export function seqOf(marks: readonly TimelineMark[], index: number): number | null {
  return index >= marks.length - 1 ? null : (marks[index]?.seq ?? null);
}
