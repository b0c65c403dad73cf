/** Ways between the citizen's pages. The address keeps them: a link or a reload comes back to the same place. */
import { view } from "../state/view";

/** The wizard for a procedure; with `dossier`, what has come of it. */
export const openFiling = (procedure: string, dossier: string | null = null) =>
  view.set({ page: "file", code: procedure, token: null, dossier });

export const openMine = (dossier: string | null = null) =>
  view.set({ page: "mine", code: null, token: null, dossier });

/** A parcel on the map; what was followed stays in the address, so that one finds back to it. */
export const showOnMap = (parcel: string | number) => view.set({ page: null, parcel: String(parcel) });

/** The address by which a dossier is followed, as it is printed in the QR code of the receipt. */
export function trackingAddress(code: string, token: string | null): string {
  const query = new URLSearchParams({ page: "track", code, ...(token ? { t: token } : {}) });
  return `${location.origin}/#${query}`;
}
