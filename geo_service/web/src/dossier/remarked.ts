import { createStore, useStore } from "../state/store";

/** The remark that is pointed at in the list; its side is thicker on the map. */
const remarked = createStore<{ id: number | null }>({ id: null });

export const useShownRemark = () => useStore(remarked, ({ id }) => id);
export const showRemark = (id: number | null) => remarked.set({ id });
