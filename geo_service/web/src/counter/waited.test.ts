import { expect, it } from "vitest";
import { waitedOf } from "./waited";

const thresholds = { answer_amber_hours: 4, answer_red_hours: 8 };
const filed_at = "2026-11-20T02:00:00Z";
const now = Date.parse("2026-11-20T05:00:00Z");

it.each([
  [239, "green"],
  [240, "amber"],
  [479, "amber"],
  [480, "red"],
] as const)("%i office minutes are %s", (waited_minutes, tone) =>
  expect(waitedOf({ waited_minutes, filed_at }, thresholds, now)).toEqual({ minutes: waited_minutes, tone }),
);

it("counts by the clock on the wall where the service says nothing", () => {
  expect(waitedOf({ filed_at }, thresholds, now)).toEqual({ minutes: 180, tone: "green" });
});

it("knows the usual hours until the service has said its own", () => {
  expect(waitedOf({ waited_minutes: 500, filed_at }, undefined, now).tone).toBe("red");
});
