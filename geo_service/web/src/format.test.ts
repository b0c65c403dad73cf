import { describe, expect, it } from "vitest";
import { ago, area, areaChange, dateTime, day, endOf, isoDay, lastDay, parseNumber } from "./format";

describe("numbers and dates", () => {
  it("writes areas as the register does", () => {
    expect(area(1234.5, "vi")).toBe("1.234,5 m²");
    expect(area(1234.5, "en")).toBe("1,234.5 m²");
  });

  it("keeps the sign of a change", () => {
    expect(areaChange(-0.25, "vi")).toBe("−0,25 m²");
    expect(areaChange(3, "vi")).toBe("+3,00 m²");
    expect(areaChange(0.001, "vi")).toBe("±0,00 m²");
  });

  it("shows Hanoi time", () => {
    expect(dateTime("2026-11-22T07:05:00Z")).toBe("22/11/2026 14:05");
  });

  it("shows days, of Hanoi", () => {
    expect(day("2026-11-22")).toBe("22/11/2026");
    expect(day("2026-11-22T18:30:00Z")).toBe("23/11/2026");
    expect(isoDay(new Date("2026-11-22T18:30:00Z"))).toBe("2026-11-23");
  });

  it("names the last day of a period that ends before a day", () => {
    expect(lastDay("2026-03-01")).toBe("2026-02-28");
    expect(endOf("2026-12-31")).toBe("2027-01-01");
    expect(lastDay(endOf("2028-02-29"))).toBe("2028-02-29");
  });

  it("says how long ago", () => {
    const now = Date.parse("2026-11-22T07:05:00Z");
    expect(ago("2026-11-22T07:00:00Z", now, "vi")).toBe("5 phút trước");
    expect(ago("2026-11-20T07:00:00Z", now, "en")).toBe("2 days ago");
    expect(ago("2026-11-22T07:04:59Z", now, "en")).toBe("now");
  });

  it.each([
    ["50,25", 50.25],
    ["50.25", 50.25],
    ["1.234,5", 1234.5],
    ["1,234.5", 1234.5],
    ["2.325.500", 2325500],
    ["2 325 500,125", 2325500.125],
  ])("reads %s", (text, value) => expect(parseNumber(text)).toBe(value));

  it.each(["", "abc", "1,2,3", "1.2.3,4,5"])("does not guess at %j", (text) =>
    expect(parseNumber(text)).toBeNaN(),
  );
});
