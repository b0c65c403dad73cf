import { expect, it } from "vitest";
import type { FormField } from "../api/dossierTypes";
import { answers, complaints } from "./answers";

const field = (code: string, type: FormField["type"], required = true): FormField => ({
  code,
  type,
  required,
  name_vi: code,
  name_en: code,
  choices: [],
});
const FIELDS = [
  field("parcel", "parcel"),
  field("pieces", "number"),
  field("area", "area", false),
  field("deed_on", "date", false),
  field("reason", "text"),
];

it("says what is missing and what makes no sense", () => {
  expect(complaints(FIELDS, { area: "nhiều", deed_on: "22/11", reason: "  " })).toEqual({
    pieces: "needed",
    area: "number",
    deed_on: "date",
    reason: "needed",
  });
  expect(complaints(FIELDS, { pieces: "2", area: "-3", reason: "Tách thửa" })).toEqual({ area: "number" });
  expect(complaints(FIELDS, { pieces: "2", area: "1.250,5", reason: "Tách thửa" })).toEqual({});
});

it("sends numbers as numbers, the parcels by their codes and nothing empty", () =>
  expect(
    answers(FIELDS, { pieces: "2", area: "1.250,5", deed_on: "", reason: " Tách " }, ["a", "b"]),
  ).toEqual({
    parcel: "a, b",
    pieces: 2,
    area: 1250.5,
    reason: "Tách",
  }));
