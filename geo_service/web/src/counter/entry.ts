/** What the counter writes down of who stands there, until it is a dossier. Pure. */
import type { Definition, NewDossier } from "../api/dossierTypes";
import { answers, type Complaint, complaints } from "../citizen/answers";
import type { ChosenParcel } from "../citizen/filing";

export interface Entry {
  /** the dossier's identity, so that opening twice opens one */
  id: string;
  /** once it is open: what is in it can no longer be written here */
  opened: string | null;
  unit: string;
  channel: 1 | 3;
  identity: string;
  name: string;
  phone: string;
  address: string;
  parcels: ChosenParcel[];
  procedure: string;
  values: Record<string, string>;
  /** number on the receipt for the fees taken in */
  receipt: string;
}

export type Fault = Complaint | "bad-identity" | "bad-phone";
/** By the id of the input it stands next to. */
export type Faults = Record<string, Fault>;

export const newEntry = (id: string, unit: string): Entry => ({
  id,
  opened: null,
  unit,
  channel: 1,
  identity: "",
  name: "",
  phone: "",
  address: "",
  parcels: [],
  procedure: "",
  values: {},
  receipt: "",
});

const digits = (text: string) => text.replace(/[\s.-]/g, "");
export const isIdentity = (text: string) => /^(\d{9}|\d{12})$/.test(digits(text));

/** What is missing or cannot be, in the order of the form. */
export function faultsOf(entry: Entry, definition: Definition | null): Faults {
  const found: Faults = {};
  if (!entry.unit) found.unit = "needed";
  if (entry.identity.trim() && !isIdentity(entry.identity)) found.identity = "bad-identity";
  if (!entry.name.trim()) found.name = "needed";
  if (entry.phone.trim() && !/^\+?\d{9,12}$/.test(digits(entry.phone))) found.phone = "bad-phone";
  const asksParcel = definition?.fields.some(({ type, required }) => type === "parcel" && required);
  if (asksParcel && !entry.parcels.length) found.parcel = "needed";
  if (!definition) return { ...found, procedure: "needed" };
  for (const [code, complaint] of Object.entries(complaints(definition.fields, entry.values))) {
    found[`field-${code}`] = complaint;
  }
  return found;
}

export function toDossier(entry: Entry, definition: Definition): NewDossier {
  const [identity, phone, address] = [entry.identity, entry.phone, entry.address].map((text) => text.trim());
  const parcels = entry.parcels.map(({ key }) => key);
  return {
    id: entry.id,
    procedure: definition.code,
    parcels,
    form: answers(definition.fields, entry.values, parcels),
    received_unit: entry.unit,
    channel: entry.channel,
    applicant: {
      name: entry.name.trim(),
      ...(identity ? { identity_number: identity } : {}),
      ...(phone ? { phone } : {}),
      ...(address ? { address } : {}),
    },
  };
}

/** Whether anything has been written that would be missed. */
export const isBegun = (entry: Entry): boolean =>
  [entry.identity, entry.name, entry.phone, entry.address, entry.procedure].some((text) => text.trim()) ||
  entry.parcels.length > 0;

// ---- over a reload ---------------------------------------------------------------------------

const keptName = (login: string) => `geo.counter/${login}`;

/** For this tab and this officer only: it goes with the tab. Scans are never kept on the machine. */
export function keepEntry(store: Storage, login: string, entry: Entry): void {
  try {
    store.setItem(keptName(login), JSON.stringify(entry));
  } catch {
    // a browser that keeps nothing still receives
  }
}

export function keptEntry(store: Storage, login: string): Entry | null {
  try {
    const kept = JSON.parse(store.getItem(keptName(login)) ?? "null") as Entry | null;
    return kept && typeof kept.id === "string" && Array.isArray(kept.parcels) ? kept : null;
  } catch {
    return null;
  }
}

export const dropEntry = (store: Storage, login: string) => store.removeItem(keptName(login));

/** Where this machine receives: the counter of one unit, day after day. */
const UNIT = "geo.counter.unit";

export function keepUnit(store: Storage, unit: string): void {
  try {
    if (unit) store.setItem(UNIT, unit);
  } catch {
    // a browser that keeps nothing asks again
  }
}

export function usualUnit(store: Storage, units: readonly { code: string }[]): string {
  const kept = store.getItem(UNIT);
  return (units.find(({ code }) => code === kept) ?? units[0])?.code ?? "";
}
