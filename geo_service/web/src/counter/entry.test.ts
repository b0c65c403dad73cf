import { expect, it } from "vitest";
import type { Definition } from "../api/dossierTypes";
import { dropEntry, type Entry, faultsOf, isBegun, keepEntry, keptEntry, newEntry, toDossier } from "./entry";

const split = {
  code: "1.012784",
  fields: [
    { code: "parcel", type: "parcel", required: true, choices: [] },
    { code: "pieces", type: "number", required: true, choices: [] },
    { code: "note", type: "text", required: false, choices: [] },
  ],
} as unknown as Definition;
const parcel = { key: "ABC", label: "12/35", unit: "00004", place: "", area_m2: 100 };
const whole: Entry = {
  ...newEntry("7c9e6679-7425-40de-944b-e07fc1f90ae7", "00004"),
  identity: "001 089 012 345",
  name: " Nguyễn Văn An ",
  procedure: split.code,
  parcels: [parcel],
  values: { pieces: "2" },
};

it("finds nothing wrong with a whole entry", () => expect(faultsOf(whole, split)).toEqual({}));

it("says next to which input something is missing", () => {
  expect(faultsOf({ ...newEntry("", ""), procedure: "" }, null)).toEqual({
    unit: "needed",
    name: "needed",
    procedure: "needed",
  });
  expect(faultsOf({ ...whole, parcels: [], values: {} }, split)).toEqual({
    parcel: "needed",
    "field-pieces": "needed",
  });
});

it("refuses numbers that cannot be one", () => {
  expect(faultsOf({ ...whole, identity: "12345", phone: "nhà", values: { pieces: "hai" } }, split)).toEqual({
    identity: "bad-identity",
    phone: "bad-phone",
    "field-pieces": "number",
  });
});

it("sends what the service asks for and nothing empty", () => {
  expect(toDossier(whole, split)).toEqual({
    id: whole.id,
    procedure: "1.012784",
    parcels: ["ABC"],
    form: { parcel: "ABC", pieces: 2 },
    received_unit: "00004",
    channel: 1,
    applicant: { name: "Nguyễn Văn An", identity_number: "001 089 012 345" },
  });
});

it("survives a reload, for the officer who wrote it", () => {
  const kept = new Map<string, string>();
  const store = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  } as Storage;
  keepEntry(store, "tiepnhan", whole);
  expect(keptEntry(store, "tiepnhan")).toEqual(whole);
  expect(keptEntry(store, "khac")).toBeNull();
  dropEntry(store, "tiepnhan");
  expect(keptEntry(store, "tiepnhan")).toBeNull();
  kept.set("geo.counter/tiepnhan", "{broken");
  expect(keptEntry(store, "tiepnhan")).toBeNull();
});

it("knows an entry that was begun", () => {
  expect([isBegun(newEntry("", "00004")), isBegun(whole)]).toEqual([false, true]);
});
