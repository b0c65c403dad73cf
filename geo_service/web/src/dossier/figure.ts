/** Parcels as paths of a small picture, all pictures of a row in one scale. Pure. */
import type { FeatureCollection, Position } from "geojson";
import type { Bounds } from "../api/types";
import { degreeMetres } from "../editing/geometry";

export const SIZE = 300;
const MARGIN = 14;

export type Project = (place: Position) => [x: number, y: number];

/** Lon/lat to the picture; north is up, a metre is as long eastward as northward. */
export function projection([west, south, east, north]: Bounds): Project {
  const middle: [number, number] = [(west + east) / 2, (south + north) / 2];
  const [mx, my] = degreeMetres(middle[1]);
  const span = Math.max((east - west) * mx, (north - south) * my, 1);
  const scale = (SIZE - 2 * MARGIN) / span;
  return ([lon = 0, lat = 0]) => [
    SIZE / 2 + (lon - middle[0]) * mx * scale,
    SIZE / 2 - (lat - middle[1]) * my * scale,
  ];
}

export const pathOf = (lines: readonly (readonly Position[])[], project: Project, closed: boolean): string =>
  lines
    .map(
      (line) =>
        line
          .map((place, i) => {
            const [x, y] = project(place);
            return `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
          })
          .join("") + (closed ? "Z" : ""),
    )
    .join("");

/** Where the words of a parcel go: the middle of its largest part in a sweep through the middle of its height. */
export function labelPlace(rings: readonly (readonly Position[])[], project: Project): [number, number] {
  const drawn = rings.map((ring) => ring.map(project));
  const ys = drawn.flat().map(([, y]) => y);
  const y = (Math.min(...ys) + Math.max(...ys)) / 2 + 0.01;
  const crossings = drawn
    .flatMap((ring) =>
      ring.flatMap(([x1, y1], i) => {
        const [x2, y2] = ring[(i + 1) % ring.length] ?? [x1, y1];
        return y1 > y === y2 > y ? [] : [x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)];
      }),
    )
    .sort((a, b) => a - b);
  let best: [number, number] = [SIZE / 2, 0];
  for (let i = 0; i + 1 < crossings.length; i += 2) {
    const [left = 0, right = 0] = [crossings[i], crossings[i + 1]];
    if (right - left > best[1]) best = [(left + right) / 2, right - left];
  }
  return [best[0], y];
}

/** The area that all of these cover together. */
export function boundsOfAll(
  collections: readonly FeatureCollection[],
  boundsOf: (collection: FeatureCollection) => Bounds | null,
): Bounds | null {
  return boundsOf({
    type: "FeatureCollection",
    features: collections.flatMap(({ features }) => features),
  });
}
