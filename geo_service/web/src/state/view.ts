import { type Address, type Camera, type PageName, readHash, writeHash } from "./hash";
import { createStore, useStore } from "./store";

export type Language = "vi" | "en";

/** What the person looks at: written to the address so that it can be sent to somebody else. */
export interface View {
  camera: Camera | null;
  /** 12-character code or internal id of the selected parcel */
  parcel: string | null;
  /** the past seq shown, null for now */
  at: number | null;
  page: PageName | null;
  /** id of the dossier that is open, also beside the map */
  dossier: string | null;
  /** id of the finding that is open, also beside the map */
  finding: string | null;
  /** code of the dossier that is followed, and the secret of its receipt */
  code: string | null;
  token: string | null;
  /** what is shown from above; read and written by imagery/view.ts */
  imagery: string | null;
  /** the forecast of building */
  forecast: boolean;
  lang: Language;
}

const start = readHash(location.hash);

export const view = createStore<View>({
  camera: start.camera,
  parcel: start.parcel,
  at: start.at,
  page: start.page,
  dossier: start.dossier,
  finding: start.finding,
  code: start.code,
  token: start.token,
  imagery: start.imagery,
  forecast: start.forecast,
  lang: start.lang ?? "vi",
});

export function useView<S>(select: (value: View) => S): S {
  return useStore(view, select);
}

export const selectParcel = (parcel: string | number | null) =>
  view.set({ parcel: parcel === null ? null : String(parcel) });

export const openPage = (page: PageName | null) =>
  view.set({
    page,
    ...(page === "dossier" ? {} : { dossier: null }),
    ...(page === "findings" ? {} : { finding: null }),
    ...(page === "track" ? {} : { code: null, token: null }),
  });

/** A dossier beside the map. */
export const openDossier = (dossier: string) => view.set({ page: "dossier", dossier, finding: null });

/** A finding beside the map; without one the work list. */
export const openFinding = (finding: string | null) => view.set({ page: "findings", dossier: null, finding });

/** The public page of a dossier. */
export const followDossier = (code: string | null, token: string | null = null) =>
  view.set({ page: "track", dossier: null, finding: null, code, token });

/** Keeps the address in step with the view, and the view with an address the person typed. */
export function connectAddress(onCamera: (camera: Camera) => void): () => void {
  let timer: number | undefined;
  const stop = view.subscribe(() => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => history.replaceState(null, "", writeHash(view.get())), 150);
  });
  const onHash = () => {
    const next: Address = readHash(location.hash);
    const { parcel, at, page, dossier, finding, code, token, imagery, forecast } = next;
    view.set({
      parcel,
      at,
      page,
      dossier,
      finding,
      code,
      token,
      imagery,
      forecast,
      lang: next.lang ?? view.get().lang,
    });
    if (next.camera) onCamera(next.camera);
  };
  window.addEventListener("hashchange", onHash);
  return () => {
    stop();
    window.clearTimeout(timer);
    window.removeEventListener("hashchange", onHash);
  };
}
