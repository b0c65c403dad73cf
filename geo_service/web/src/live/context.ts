import { createStore, useStore } from "../state/store";
import type { LiveState } from "./stream";

interface Live {
  state: LiveState;
  /** seq of the last change received (or of the page load) */
  lastSeq: number;
  /** seq of the last change that is on the screen */
  lastPaintedSeq: number;
}

export const live = createStore<Live>({ state: "connecting", lastSeq: 0, lastPaintedSeq: 0 });

export function useLive<S>(select: (value: Live) => S): S {
  return useStore(live, select);
}
