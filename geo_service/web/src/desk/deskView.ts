import type { DeskFilter, DeskTab } from "../api/dossierTypes";
import { createStore, useStore } from "../state/store";

export const NO_FILTER: DeskFilter = { q: "", procedure: "", status: "", unit: "", tone: "" };

interface DeskView {
  tab: DeskTab;
  filter: DeskFilter;
  offset: number;
  chosen: string | null;
}

/** Where one was in the inbox: coming back from a dossier leads there again. */
export const deskView = createStore<DeskView>({ tab: "todo", filter: NO_FILTER, offset: 0, chosen: null });

export const useDeskView = () => useStore(deskView, (value) => value);
