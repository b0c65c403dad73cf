import { createStore, useStore } from "../state/store";

/** True while a click on the map points at something else than a parcel to select. */
export const picking = createStore<{ on: boolean }>({ on: false });

export const usePicking = () => useStore(picking, ({ on }) => on);
