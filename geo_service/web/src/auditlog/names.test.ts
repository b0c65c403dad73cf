import { expect, it } from "vitest";
import vi from "../i18n/work.vi.json";
import { KINDS } from "./kinds";
import { detailText, shortHash } from "./names";

it("puts the detail of an entry in one line", () => {
  expect(detailText({ field: "phone", found: 1, note: null, units: ["a"] })).toBe(
    'field: phone · found: 1 · units: ["a"]',
  );
  expect(detailText(null)).toBe("");
});

it("shortens a hash", () => expect(shortHash("0123456789abcdef")).toBe("0123456789ab"));

it("has words for every kind of the filter", () => {
  const words = vi.event as Record<string, Record<string, string>>;
  for (const kind of KINDS) {
    const [group = "", act = ""] = kind.split(".");
    expect([kind, Boolean(words[group]?.[act])]).toEqual([kind, true]);
  }
});
