import { expect, it } from "vitest";
import { filled, inMoments } from "./people";

const none = { actor: "", kind: "", subject: "", unit: "", from: "", to: "" };

it("sends only the filters that are set", () => {
  expect(filled({ ...none, kind: "person", before: null, limit: 50 })).toEqual({ kind: "person", limit: 50 });
});

it("takes days as whole days of Hanoi", () => {
  const { from, to } = inMoments({ ...none, from: "2026-11-01", to: "2026-11-30" });
  expect([from, to]).toEqual(["2026-11-01T00:00:00+07:00", "2026-12-01T00:00:00+07:00"]);
  expect(inMoments(none)).toEqual(none);
});
