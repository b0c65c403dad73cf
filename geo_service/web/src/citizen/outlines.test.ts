import type { FeatureCollection } from "geojson";
import { expect, it } from "vitest";
import { outlines } from "./outlines";

const square = (id: number, west: number, east: number): FeatureCollection["features"][number] => ({
  type: "Feature",
  properties: { id, label: String(id) },
  geometry: {
    type: "Polygon",
    coordinates: [
      [
        [west, 21],
        [east, 21],
        [east, 21.001],
        [west, 21.001],
        [west, 21],
      ],
    ],
  },
});
const set = (...features: FeatureCollection["features"]): FeatureCollection => ({
  type: "FeatureCollection",
  features,
});

it("draws before and after in one frame, to scale", () => {
  const { frame, sets } = outlines([
    set(square(1, 105, 105.001)),
    set(square(2, 105, 105.0005), square(3, 105.0005, 105.001)),
  ]);
  expect(frame.height).toBe(320);
  expect(frame.width).toBeLessThan(320);
  expect(sets.map((all) => all.map(({ id }) => id))).toEqual([[1], [2, 3]]);
  expect(sets[1]?.[0]?.x).toBeLessThan(sets[1]?.[1]?.x ?? 0);
  expect(sets[0]?.[0]?.path).toMatch(/^M12\.0 308\.0L/);
});

it("draws nothing of nothing", () => expect(outlines([set()]).sets).toEqual([[]]));
