/** What is shown from above, kept in the address as `img=…`, so that it can be sent to somebody else. */
import { createStore, useStore } from "../state/store";
import { view } from "../state/view";
import { type ImageryView, readImagery, writeImagery } from "./address";

const first = readImagery(view.get().imagery);
export const imagery = createStore<ImageryView>({ ...first, open: first.scene !== null });

export const useImagery = <S>(select: (value: ImageryView) => S): S => useStore(imagery, select);

/** Keeps this and the address in step. */
export function connectImagery(): () => void {
  let known = view.get().imagery;
  const stop = [
    imagery.subscribe(() => {
      known = writeImagery(imagery.get());
      view.set({ imagery: known });
    }),
    view.subscribe(() => {
      const { imagery: text } = view.get();
      if (text === known) return;
      known = text;
      const { open, ...asked } = { ...imagery.get(), ...readImagery(text) };
      imagery.set({ ...asked, open: open || asked.scene !== null });
    }),
  ];
  return () => {
    for (const end of stop) end();
  };
}
