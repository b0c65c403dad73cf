import { expect, it } from "vitest";
import { isWhole, saysWhy } from "./names";

it.each([
  ["1/1", true],
  ["3/3", true],
  ["1", true],
  ["1/2", false],
  ["2/3", false],
])("knows whether %s is the whole", (share, whole) => expect(isWhole(share)).toBe(whole));

it("asks for words, not for a number alone", () => {
  expect(saysWhy("Hồ sơ 123/2026")).toBe(false);
  expect(saysWhy("Hồ sơ 123, xác minh")).toBe(true);
  expect(saysWhy("123456789")).toBe(false);
});
