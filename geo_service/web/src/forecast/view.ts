/** The parcel of the forecast that was clicked last. Whether the forecast is shown stands in the address (state/view.ts). */
import { createStore, useStore } from "../state/store";

interface Picked {
  probability: number;
  rank: number;
}

export const picked = createStore<{ parcel: Picked | null }>({ parcel: null });
export const usePicked = () => useStore(picked, ({ parcel }) => parcel);
