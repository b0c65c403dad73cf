import { expect, it } from "vitest";
import { backArcs, columns, ordered, ranks, spread } from "./layers";

it("tells arcs that lead back from those that lead on", () => {
  expect([
    ...backArcs(3, [
      [0, 1],
      [1, 2],
      [2, 0],
      [0, 2],
    ]),
  ]).toEqual([2]);
  expect([...backArcs(2, [])]).toEqual([]);
});

it("puts a node below everything that leads to it", () => {
  expect(
    ranks(4, [
      [0, 1],
      [1, 2],
      [0, 2],
      [2, 3],
    ]),
  ).toEqual([0, 1, 2, 3]);
});

it("takes a crossing out", () => {
  expect(
    ordered(
      [
        [0, 1],
        [2, 3],
      ],
      [
        [0, 3],
        [1, 2],
      ],
    )[1],
  ).toEqual([3, 2]);
});

it("keeps things apart and otherwise where they want to be", () => {
  expect(spread([0, 0, 100], [0, 10, 10], [1, 1, 1])).toEqual([-5, 5, 100]);
  expect(spread([5, 0], [0, 4], [3, 1])).toEqual([2.75, 6.75]);
  expect(spread([], [], [])).toEqual([]);
});

it("puts a parent over the middle of its children, and nothing over anything", () => {
  const x = columns(
    [[0], [1, 2]],
    [
      [0, 1],
      [0, 2],
    ],
    [40, 40, 40],
    10,
    [1, 1, 1],
  );
  expect(x[0]).toBeCloseTo(((x[1] ?? 0) + (x[2] ?? 0)) / 2);
  expect((x[2] ?? 0) - (x[1] ?? 0)).toBeGreaterThanOrEqual(50 - 1e-9);
});
