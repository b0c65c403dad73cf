import { describe, expect, it } from "vitest";
import administrationEn from "./administration.en.json";
import administrationVi from "./administration.vi.json";
import boardEn from "./board.en.json";
import boardVi from "./board.vi.json";
import citizenEn from "./citizen.en.json";
import citizenVi from "./citizen.vi.json";
import dossierEn from "./dossier.en.json";
import dossierVi from "./dossier.vi.json";
import en from "./en.json";
import findingsEn from "./findings.en.json";
import findingsVi from "./findings.vi.json";
import imageryEn from "./imagery.en.json";
import imageryVi from "./imagery.vi.json";
import vi from "./vi.json";
import workEn from "./work.en.json";
import workVi from "./work.vi.json";

function leaves(value: unknown, path = ""): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  return Object.entries(value as object).flatMap(([key, inner]) => leaves(inner, `${path}.${key}`));
}

const blanks = (text: string) => (text.match(/\{\{\w+\}\}/g) ?? []).sort();

describe.each([
  ["the map", vi, en],
  ["the other screens", workVi, workEn],
  ["dossiers", dossierVi, dossierEn],
  ["the citizen's pages", citizenVi, citizenEn],
  ["the leaders' board", boardVi, boardEn],
  ["findings from above", findingsVi, findingsEn],
  ["imagery", imageryVi, imageryEn],
  ["the administration of dossiers", administrationVi, administrationEn],
])("the two languages of %s", (_part, first, second) => {
  const [inVi, inEn] = [new Map(leaves(first)), new Map(leaves(second))];

  it("say the same things", () => expect([...inEn.keys()].sort()).toEqual([...inVi.keys()].sort()));

  it("leave the same blanks to fill", () => {
    for (const [key, text] of inVi) expect([key, blanks(inEn.get(key) ?? "")]).toEqual([key, blanks(text)]);
  });

  it("leave nothing empty", () => {
    for (const [key, text] of [...inVi, ...inEn]) expect([key, text.trim() !== ""]).toEqual([key, true]);
  });
});

it("says nothing twice", () => {
  const keys = [vi, workVi, dossierVi, citizenVi, boardVi, findingsVi, imageryVi, administrationVi].flatMap(
    (part) => leaves(part).map(([key]) => key),
  );
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
});
