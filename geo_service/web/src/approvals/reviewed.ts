import type { Preview } from "../api/types";
import { createStore, useStore } from "../state/store";

/** The preview of a submitted draft that is being looked at; the map draws it. */
const reviewed = createStore<{ preview: Preview | null }>({ preview: null });

export const useReviewed = () => useStore(reviewed, ({ preview }) => preview);
export const showReviewed = (preview: Preview | null) => reviewed.set({ preview });
