import { expect, it } from "vitest";
import type { Vertex } from "../api/types";
import { nearestSide, sidesOf } from "./sides";

const at = (x: number, y: number): Vertex => ({
  mm: [x * 1000, y * 1000],
  lonlat: [105 + x / 100_000, 21 + y / 100_000],
});
const square = (id: number, x: number) => ({
  id,
  label: `1/${id}`,
  rings: [[at(x, 0), at(x + 10, 0), at(x + 10, 10), at(x, 10)]],
});

it("names a shared side once", () => {
  const sides = sidesOf([square(1, 0), square(2, 10)]);
  expect(sides).toHaveLength(7);
  expect(sides[0]).toMatchObject({ parcel: 1, n: 1, mm: [0, 0, 10_000, 0], length_m: 10 });
});

it("takes rings that say their first corner again at the end", () => {
  const closed = { id: 1, label: "", rings: [[at(0, 0), at(10, 0), at(10, 10), at(0, 0)]] };
  expect(sidesOf([closed])).toHaveLength(3);
});

it("knows no parcel for a face that is only drawn", () =>
  expect(sidesOf([square(-1, 0)])[0]?.parcel).toBeNull());

it("finds the side under a finger, and none far from all", () => {
  const sides = sidesOf([square(1, 0)]);
  expect(nearestSide(sides, at(5, 0.5).lonlat, 2)?.mm).toEqual([0, 0, 10_000, 0]);
  expect(nearestSide(sides, at(9.4, 5).lonlat, 2)?.mm).toEqual([10_000, 0, 10_000, 10_000]);
  expect(nearestSide(sides, at(5, 5).lonlat, 2)).toBeNull();
});
