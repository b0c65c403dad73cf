import { expect, it } from "vitest";
import type { Preview } from "../api/types";
import { boundsOf, changedEdges } from "./drawing";

const m = 1 / 111_000;
const polygon = (points: [number, number][]) => ({
  type: "Feature" as const,
  properties: {},
  geometry: {
    type: "Polygon" as const,
    coordinates: [[...points, points[0]].map((p) => [(p?.[0] ?? 0) * m, (p?.[1] ?? 0) * m])],
  },
});
const collection = (...features: unknown[]) => ({ type: "FeatureCollection", features });

it("shows the dividing line of a split, not the sides that only got a vertex", () => {
  const preview = {
    retired: collection(
      polygon([
        [0, 0],
        [10, 0],
        [10, 10],
        [0, 10],
      ]),
    ),
    created: collection(
      polygon([
        [0, 0],
        [10, 0],
        [10, 5],
        [0, 5],
      ]),
      polygon([
        [0, 5],
        [10, 5],
        [10, 10],
        [0, 10],
      ]),
    ),
  } as unknown as Preview;
  const edges = changedEdges(preview).features;
  expect(edges).toMatchObject([{ properties: { status: "new" } }]);
  const back = { retired: preview.created, created: preview.retired } as Preview;
  expect(changedEdges(back).features).toMatchObject([{ properties: { status: "old" } }]);
  expect(boundsOf(changedEdges(preview))?.map((v) => Math.round(v / m))).toEqual([0, 5, 10, 5]);
  expect(boundsOf(undefined)).toBeNull();
});
