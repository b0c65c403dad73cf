import { expect, it } from "vitest";
import type { ClockInterval } from "../api/dossierTypes";
import { clockParts } from "./clockParts";

const interval = (started_at: string, ended_at: string | null, counts = true): ClockInterval => ({
  started_at,
  ended_at,
  counts,
  reason: counts ? null : { code: "tax", name_vi: "", name_en: "" },
});

it("gives each part its share of the time, up to now", () => {
  const parts = clockParts(
    [
      interval("2026-11-02T00:00:00Z", "2026-11-05T00:00:00Z"),
      interval("2026-11-05T00:00:00Z", "2026-11-06T00:00:00Z", false),
      interval("2026-11-06T00:00:00Z", null),
    ],
    Date.parse("2026-11-12T00:00:00Z"),
  );
  expect(parts.map(({ share }) => share)).toEqual([0.3, 0.1, 0.6]);
  expect(parts.map(({ hours }) => hours)).toEqual([72, 24, 144]);
});

it("keeps a short pause to be seen", () => {
  const parts = clockParts(
    [
      interval("2026-01-01T00:00:00Z", "2026-11-01T00:00:00Z"),
      interval("2026-11-01T00:00:00Z", "2026-11-01T00:05:00Z", false),
    ],
    0,
  );
  expect(parts[1]?.share).toBeGreaterThan(0.015);
  expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
});

it("shows a clock that has just begun as one part", () => {
  const parts = clockParts([interval("2026-11-02T00:00:00Z", null)], Date.parse("2026-11-02T00:00:00Z"));
  expect(parts).toHaveLength(1);
  expect(parts[0]?.share).toBe(1);
});
