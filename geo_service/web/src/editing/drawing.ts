/** Sketch and results as GeoJSON for the work layers of the map. Pure. */
import type { Feature, FeatureCollection, Point as GeoPoint, LineString, Position } from "geojson";
import type { RuleVerdict } from "../api/dossierTypes";
import type { LonLat, Preview } from "../api/types";
import { degreeMetres, joinedTo, type SketchPoint, type SnapFace } from "./geometry";
import type { Sketch } from "./sketch";

const line = (coordinates: Position[], role: "line" | "ghost"): Feature<LineString> => ({
  type: "Feature",
  geometry: { type: "LineString", coordinates },
  properties: { role },
});
const dot = ({ lonlat, point }: SketchPoint): Feature<GeoPoint> => ({
  type: "Feature",
  geometry: { type: "Point", coordinates: lonlat },
  properties: { role: "point", exact: "mm" in point },
});

/** The points so far, with the pointer as the next one. */
export function drawSketch(
  sketch: Sketch,
  faces: readonly SnapFace[],
  pointer: LonLat | null,
): FeatureCollection {
  const { tool, points, path, edge } = sketch;
  const features: Feature[] = points.map(dot);
  const open = pointer ? [pointer] : [];
  if (tool === "move_point") {
    const from = points[0];
    const to = points[1]?.lonlat ?? pointer;
    if (from && to && "mm" in from.point) {
      for (const other of joinedTo(faces, from.point.mm)) features.push(line([other, to], "ghost"));
      features.push(line([from.lonlat, to], "line"));
    }
  } else if (tool === "move_boundary") {
    const [first, last, ...middle] = points;
    if (path)
      features.push(
        line(
          path.map(({ lonlat }) => lonlat),
          "ghost",
        ),
      );
    if (first && last) {
      const way = [first.lonlat, ...middle.map(({ lonlat }) => lonlat), ...open, last.lonlat];
      features.push(line(way, "line"));
    }
  } else if (tool === "split_by_line" || tool === "transfer") {
    const way = points.map(({ lonlat }) => lonlat);
    const stillDrawing = tool === "split_by_line" || !sketch.lineDone;
    const all = stillDrawing ? [...way, ...open] : way.slice(0, points.length);
    if (all.length >= 2) features.push(line(all, "line"));
  }
  if (edge) features.push(line([edge[0].lonlat, edge[1].lonlat], "line"));
  return { type: "FeatureCollection", features };
}

/**
 * Sides of the faces before and after: `new` ones appear, `old` ones vanish. A side that only got a vertex
 * (it lies along a side of the other state) is the same boundary and is left out.
 */
export function changedEdges(preview: Preview): FeatureCollection {
  const before = edgesOf(preview.retired.features.map(({ geometry }) => geometry.coordinates));
  const after = edgesOf(preview.created.features.map(({ geometry }) => geometry.coordinates));
  const only = (these: Edge[], others: Edge[], status: "new" | "old") =>
    these
      .filter((edge) => !others.some((other) => along(edge, other)) && !covered(edge, others))
      .map((coordinates): Feature<LineString> => ({
        type: "Feature",
        geometry: { type: "LineString", coordinates },
        properties: { status },
      }));
  return {
    type: "FeatureCollection",
    features: [...only(before, after, "old"), ...only(after, before, "new")],
  };
}

type Edge = [Position, Position];

function edgesOf(polygons: Position[][][]): Edge[] {
  const edges = new Map<string, Edge>();
  for (const ring of polygons.flat()) {
    for (let i = 1; i < ring.length; i++) {
      const [a, b] = [ring[i - 1], ring[i]];
      if (a && b) edges.set([a.join(), b.join()].sort().join("|"), [a, b]);
    }
  }
  return [...edges.values()];
}

/** Rounding a new vertex to the grid may move it this far (m) off the side it was put on. */
const ON_SIDE = 0.002;

function distance([x, y]: Position, [[ax, ay], [bx, by]]: Edge): number {
  const [mx, my] = degreeMetres(y ?? 0);
  const [px, py] = [((x ?? 0) - (ax ?? 0)) * mx, ((y ?? 0) - (ay ?? 0)) * my];
  const [dx, dy] = [((bx ?? 0) - (ax ?? 0)) * mx, ((by ?? 0) - (ay ?? 0)) * my];
  const size = dx * dx + dy * dy;
  const share = size ? Math.min(1, Math.max(0, (px * dx + py * dy) / size)) : 0;
  return Math.hypot(px - share * dx, py - share * dy);
}

const along = (edge: Edge, other: Edge) => edge.every((end) => distance(end, other) < ON_SIDE);

/** The edge is a side of before that now is a row of shorter ones. */
function covered(edge: Edge, others: Edge[]): boolean {
  const [mx, my] = degreeMetres(edge[0][1] ?? 0);
  const size = ([[ax, ay], [bx, by]]: Edge) =>
    Math.hypot(((bx ?? 0) - (ax ?? 0)) * mx, ((by ?? 0) - (ay ?? 0)) * my);
  const parts = others.filter((other) => along(other, edge)).reduce((sum, other) => sum + size(other), 0);
  return parts > 0 && Math.abs(parts - size(edge)) < 2 * ON_SIDE;
}

export function boundsOf(collection: FeatureCollection | undefined): [number, number, number, number] | null {
  let bounds: [number, number, number, number] | null = null;
  const visit = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    const [x, y] = value as unknown[];
    if (typeof x === "number" && typeof y === "number") {
      bounds = bounds
        ? [Math.min(bounds[0], x), Math.min(bounds[1], y), Math.max(bounds[2], x), Math.max(bounds[3], y)]
        : [x, y, x, y];
    } else for (const inner of value) visit(inner);
  };
  for (const { geometry } of collection?.features ?? [])
    if ("coordinates" in geometry) visit(geometry.coordinates);
  return bounds;
}

/** Where rules of the map are broken. */
export function brokenPlaces(rules: readonly RuleVerdict[] | undefined): FeatureCollection | null {
  const features = (rules ?? [])
    .filter(({ verdict, severity }) => verdict === "fail" && severity === "refuse")
    .flatMap(({ segments }) => segments?.features ?? []);
  return features.length ? { type: "FeatureCollection", features } : null;
}
