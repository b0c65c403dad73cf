import type { FindingFilter, FindingSort } from "../api/findings";
import { createStore, useStore } from "../state/store";

const NO_FILTER: FindingFilter = {
  unit: "",
  land_use: "",
  transition: "",
  min_area: "",
  min_probability: "",
  state: "",
  run: "",
};
/** What waits for somebody to look. */
export const WAITING: FindingFilter = { ...NO_FILTER, state: "open" };

/** Whether something else than what waits is asked for. */
export const narrowed = (filter: FindingFilter): boolean =>
  (Object.keys(filter) as (keyof FindingFilter)[]).some((name) => filter[name] !== WAITING[name]);

interface FindingsView {
  filter: FindingFilter;
  sort: FindingSort;
  chosen: string | null;
  /** ids as the list shows them, for going on to the next one */
  order: readonly string[];
}

/** Where one was in the work list: coming back from a finding leads there again. */
export const findingsView = createStore<FindingsView>({
  filter: WAITING,
  sort: "rank",
  chosen: null,
  order: [],
});

export const useFindingsView = () => useStore(findingsView, (value) => value);

/** The one before or after in the list; the first when none is chosen, null past the ends. */
export function beside(order: readonly string[], id: string | null, by: 1 | -1): string | null {
  const place = id === null ? -1 : order.indexOf(id);
  if (place === -1) return order[0] ?? null;
  return order[place + by] ?? null;
}
