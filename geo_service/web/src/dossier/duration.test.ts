import { expect, it } from "vitest";
import { duration } from "./duration";

it.each([
  [0, "0 phút"],
  [7.9, "7 phút"],
  [60, "1 giờ"],
  [125, "2 giờ 5 phút"],
  [1440 * 3 + 240 + 5, "3 ngày 4 giờ"],
  [1440 + 5, "1 ngày"],
])("says %s minutes", (minutes, words) => expect(duration(minutes, "vi")).toBe(words));

it("says it in English too", () => expect(duration(125, "en")).toBe("2 h 5 min"));
