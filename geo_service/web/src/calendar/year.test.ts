import { expect, it } from "vitest";
import type { CalendarDay } from "../api/administrationTypes";
import {
  dayByKey,
  daysLater,
  hanoiField,
  hanoiMoment,
  isWeekend,
  kindsFor,
  pieces,
  spansOf,
  stateOf,
  weeksOf,
} from "./year";

const said = (day: string, more: Partial<CalendarDay> = {}): CalendarDay => ({
  day,
  kind: "holiday",
  working: false,
  name_vi: "Tết",
  name_en: "Tet",
  source: "x",
  grade: "B",
  provisional: false,
  ...more,
});

it("lays a month out in weeks from Monday", () => {
  const weeks = weeksOf(2026, 10);
  expect(weeks[0]).toEqual([null, null, null, null, null, null, "2026-11-01"]);
  expect(weeks.at(-1)?.[0]).toBe("2026-11-30");
  expect(weeksOf(2024, 1).flat().filter(Boolean)).toHaveLength(29);
});

it("knows what a day is and what may be said of it", () => {
  expect(isWeekend("2026-11-22")).toBe(true);
  expect(stateOf("2026-11-22", undefined)).toBe("weekend");
  expect(stateOf("2026-11-23", undefined)).toBe("working");
  expect(stateOf("2026-11-23", said("2026-11-23"))).toBe("holiday");
  expect(kindsFor("2026-11-22")).toContain("swap_on");
  expect(kindsFor("2026-11-23")).not.toContain("swap_on");
});

it("tells a holiday of several days in one line", () => {
  const spans = spansOf([
    said("2026-02-16"),
    said("2026-02-17"),
    said("2026-02-18", { provisional: true }),
    said("2026-04-30"),
  ]);
  expect(spans.map(({ first, last, count }) => [first.day, last, count])).toEqual([
    ["2026-02-16", "2026-02-17", 2],
    ["2026-02-18", "2026-02-18", 1],
    ["2026-04-30", "2026-04-30", 1],
  ]);
});

it("follows the arrow keys and stays in the year", () => {
  expect(dayByKey("2026-11-22", "ArrowDown")).toBe("2026-11-29");
  expect(dayByKey("2026-11-18", "Home")).toBe("2026-11-16");
  expect(dayByKey("2026-01-01", "ArrowLeft")).toBeNull();
  expect(dayByKey("2026-11-22", "x")).toBeNull();
  expect(daysLater("2026-12-31", 1)).toBe("2027-01-01");
});

it("reads and writes hours of Hanoi wherever the browser is", () => {
  expect(hanoiField("2026-11-22T01:30:00Z")).toBe("2026-11-22T08:30");
  expect(hanoiMoment("2026-11-22T08:30")).toBe("2026-11-22T08:30:00+07:00");
});

it("finds addresses in what a day rests on", () => {
  expect(pieces("BLLĐ Đ.112; https://example.vn/a-b.htm (2026)")).toEqual([
    { text: "BLLĐ Đ.112; ", host: null },
    { text: "https://example.vn/a-b.htm", host: "example.vn" },
    { text: " (2026)", host: null },
  ]);
});
