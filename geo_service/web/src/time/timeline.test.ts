import { describe, expect, it } from "vitest";
import { markOf, seqOf } from "./timeline";

const marks = [3, 7, 20].map((seq) => ({ seq, at: "2026-11-22T07:00:00Z", kind: "edit" }));

describe("the time slider", () => {
  it("finds the mark of a seq between marks", () => {
    expect([1, 3, 6, 7, 19, 20, 99].map((seq) => markOf(marks, seq))).toEqual([0, 0, 0, 1, 1, 2, 2]);
    expect(markOf(marks, null)).toBe(2);
  });

  it("treats the newest mark as now", () => {
    expect([0, 1, 2].map((index) => seqOf(marks, index))).toEqual([3, 7, null]);
  });
});
