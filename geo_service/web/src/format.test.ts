import { describe, expect, it } from "vitest";
import { area, areaChange, dateTime, parseNumber } from "./format";

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
