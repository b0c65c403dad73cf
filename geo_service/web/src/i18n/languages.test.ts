import { describe, expect, it } from "vitest";
import en from "./en.json";
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
  const ofMap = new Set(leaves(vi).map(([key]) => key));
  expect(leaves(workVi).filter(([key]) => ofMap.has(key))).toEqual([]);
});
