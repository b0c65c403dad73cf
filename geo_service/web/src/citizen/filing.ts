/** What somebody is filling in, kept in the browser until it is filed: no name, no number of a person, no paper. */
export interface ChosenParcel {
  /** 12-character code or internal number */
  key: string;
  label: string;
  unit: string | null;
  place: string;
  area_m2: number | null;
}
export interface Filing {
  /** the dossier's identity, so that sending twice opens one */
  id: string;
  step: number;
  parcels: ChosenParcel[];
  values: Record<string, string>;
  /** where it is handed in, when no parcel says so */
  unit: string;
}
interface Kept extends Filing {
  kept_at: number;
}

export const STEPS = ["parcels", "form", "papers", "review"] as const;
const DAYS_KEPT = 30;
/** Identity numbers have 9 or 12 digits, telephones 10 or 11, however they are grouped. */
const PERSONAL = /(?:\d[\s.-]?){9,}/;

const nameOf = (login: string, procedure: string) => `geo.filing/${login}/${procedure}`;

export const newFiling = (): Filing => ({ id: newId(), step: 0, parcels: [], values: {}, unit: "" });

/** `crypto.randomUUID` is missing where the page is served without TLS. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Without answers that could be the number of a person; `free`: questions answered in free words. */
export function impersonal(values: Filing["values"], free: readonly string[]): Filing["values"] {
  return Object.fromEntries(
    Object.entries(values).filter(([code, text]) => !(free.includes(code) && PERSONAL.test(text))),
  );
}

export function keepFiling(
  store: Storage,
  login: string,
  procedure: string,
  filing: Filing,
  free: readonly string[],
): void {
  const kept: Kept = { ...filing, values: impersonal(filing.values, free), kept_at: Date.now() };
  try {
    store.setItem(nameOf(login, procedure), JSON.stringify(kept));
  } catch {
    // a browser that keeps nothing still files
  }
}

/** What was kept, if it is not too old; where the papers would be is after a reload the step before them. */
export function keptFiling(
  store: Storage,
  login: string,
  procedure: string,
  now = Date.now(),
): Filing | null {
  try {
    const kept = JSON.parse(store.getItem(nameOf(login, procedure)) ?? "null") as Kept | null;
    if (!kept || now - kept.kept_at > DAYS_KEPT * 86_400_000) return null;
    const { id, step, parcels, values, unit } = kept;
    return { id, step: Math.min(step, STEPS.indexOf("papers")), parcels, values, unit };
  } catch {
    return null;
  }
}

export const dropFiling = (store: Storage, login: string, procedure: string) =>
  store.removeItem(nameOf(login, procedure));
