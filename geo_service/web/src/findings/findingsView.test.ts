import { expect, it } from "vitest";
import { beside } from "./findingsView";

it("goes through the list with the keys and stops at its ends", () => {
  const order = ["a", "b", "c"];
  expect(beside(order, null, 1)).toBe("a");
  expect(beside(order, "a", 1)).toBe("b");
  expect(beside(order, "c", 1)).toBeNull();
  expect(beside(order, "a", -1)).toBeNull();
  expect(beside(order, "gone", -1)).toBe("a");
  expect(beside([], null, 1)).toBeNull();
});
