/** What an officer writes down of who holds the land from now on. The service checks all of it again. */
import type { BaUnit, Certificate, NewRegistration, Right } from "../api/authority";
import { isWhole } from "./names";

/** Somebody who gets a right; `kept` where the right is on record already. */
export interface Row {
  key: number;
  kept: Right | null;
  /** of a right on record: it goes on */
  stays: boolean;
  kind: "person" | "organisation" | "household" | "community";
  name: string;
  /** identity number of a person, registration number of an organisation */
  number: string;
  address: string;
  share: string;
}

export interface Wish {
  rows: Row[];
  /** whether the certificates on record stay */
  keepsPaper: boolean;
  serial: string;
  issuedOn: string;
  book: string;
  source: string;
  validFrom: string;
}

const HOLDS = "right";
const LAND_USE = "land_use";

/** What is on record of a unit of rights, to be changed; of none, somebody still to be named. */
export function wishOf(unit: BaUnit | null, source: string, today: string): Wish {
  const rows = (unit?.rights ?? []).map((right, key) => blank(key, right));
  return {
    rows: rows.length ? rows : [blank(0, null)],
    keepsPaper: (unit?.certificates ?? []).some(inForce),
    serial: "",
    issuedOn: today,
    book: "",
    source,
    validFrom: today,
  };
}

export function blank(key: number, kept: Right | null, name = ""): Row {
  const share = kept?.share ?? "1";
  return { key, kept, stays: true, kind: "person", name, number: "", address: "", share };
}

export const inForce = ({ status }: Certificate): boolean => status === "in_force";

/** The main right of the unit: what a new holder gets. */
const mainType = (rows: readonly Row[]): string =>
  rows.find(({ kept }) => kept?.kind === HOLDS)?.kept?.type ?? LAND_USE;

/** Sum of the shares of the main right, as a fraction in lowest terms; null while one cannot be read. */
export function total(rows: readonly Row[]): string | null {
  const type = mainType(rows);
  let [num, den] = [0, 1];
  for (const row of rows) {
    if (!row.stays || (row.kept && row.kept.type !== type)) continue;
    const read = /^(\d{1,7})(?:\/(\d{1,7}))?$/.exec(row.share.replaceAll(" ", ""));
    if (!read || Number(read[2] ?? 1) === 0) return null;
    [num, den] = [num * Number(read[2] ?? 1) + Number(read[1]) * den, den * Number(read[2] ?? 1)];
    const common = divisor(num, den);
    [num, den] = [num / common, den / common];
  }
  return den === 1 ? String(num) : `${num}/${den}`;
}

/** Greatest common divisor; b > 0 to begin with. */
const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** Whether everything is there; whether it is right is for the service to say. */
export function complete(wish: Wish): boolean {
  const named = wish.rows.every(({ kept, name }) => kept !== null || name.trim() !== "");
  const sum = total(wish.rows);
  const paper = wish.keepsPaper || (wish.serial.trim() !== "" && wish.issuedOn !== "");
  return Boolean(
    named && sum && (isWhole(sum) || sum === "0") && paper && wish.source.trim() && wish.validFrom,
  );
}

/** As the service takes it: the whole new set of rights of the unit. Rights of somebody who is not shown cannot be written again: null then. */
export function registrationOf(
  wish: Wish,
  unit: BaUnit | null,
  place: { unit: string; parcels: string[] },
): NewRegistration | null {
  const type = mainType(wish.rows);
  const standing = wish.rows.filter(({ stays }) => stays);
  if (standing.some(({ kept }) => kept?.kind === HOLDS && !kept.party)) return null;
  const newPaper = wish.keepsPaper
    ? undefined
    : {
        serial: wish.serial.trim(),
        issued_on: wish.issuedOn,
        ...(wish.book.trim() ? { book_number: wish.book.trim() } : {}),
      };
  const keptPaper = unit?.certificates.find(inForce);
  const paper = newPaper ?? (keptPaper && written(keptPaper));
  return {
    unit: place.unit,
    ba_unit: unit?.id ?? null,
    ...(unit ? {} : { parcels: place.parcels }),
    ...(paper ? { certificate: paper } : {}),
    source: wish.source.trim(),
    valid_from: wish.validFrom,
    rights: standing.map((row) => ({
      share: row.share.trim(),
      ...(row.kept ? again(row.kept) : gained(row, type)),
    })),
  };
}

const again = ({ kind, type, party, valid_to }: Right) => ({
  kind,
  type,
  ...(party ? { party: { id: party.id } } : {}),
  ...(valid_to ? { valid_to } : {}),
});

const gained = ({ kind, name, number, address }: Row, type: string) => ({
  type,
  party: {
    kind,
    name: name.trim(),
    ...(number.trim() && kind === "person" ? { identity_number: number.trim() } : {}),
    ...(number.trim() && kind === "organisation" ? { organisation_number: number.trim() } : {}),
    ...(address.trim() ? { address: address.trim() } : {}),
  },
});

const written = ({ serial, issued_on, book_number, issuer }: Certificate) => ({
  serial: serial ?? "",
  issued_on: issued_on ?? "",
  ...(book_number ? { book_number } : {}),
  ...(issuer ? { issuer } : {}),
});
