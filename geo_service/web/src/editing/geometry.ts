/**
 * Small plane geometry for sketching: where the pointer snaps, how long a sketched side is. Nothing here
 * decides about the land; the service computes every edit from the intent alone.
 */
import type { Kind, LonLat, Mm, Point } from "../api/types";

/** A vertex to snap to; one without `mm` belongs to a preview and has no exact name yet. */
export interface SnapVertex {
  mm: Mm | null;
  lonlat: LonLat;
}
export interface SnapFace {
  id: number;
  kind: Kind;
  label: string;
  rings: SnapVertex[][];
}
export type SnapEdge = [SnapVertex, SnapVertex];

export interface SketchPoint {
  /** what is sent: an existing vertex by name, or a new place */
  point: Point;
  lonlat: LonLat;
  snap: "vertex" | "edge" | "none" | "typed";
}

export interface Snapped extends SketchPoint {
  edge: SnapEdge | null;
}

/** Metres of one degree of longitude and latitude on the WGS84 ellipsoid at this latitude. */
export function degreeMetres(lat: number): [lon: number, lat: number] {
  const [a, e2] = [6378137, 0.00669437999014];
  const phi = (lat * Math.PI) / 180;
  const w2 = 1 - e2 * Math.sin(phi) ** 2;
  const [n, m] = [a / Math.sqrt(w2), (a * (1 - e2)) / w2 ** 1.5];
  return [(n * Math.cos(phi) * Math.PI) / 180, (m * Math.PI) / 180];
}

export type SnapMode = "any" | "vertex" | "edge" | "free";

interface SnapQuery {
  lonlat: LonLat;
  faces: Iterable<SnapFace>;
  /** metres on the ground */
  tolerance: number;
  mode: SnapMode;
  /** only edges of this face */
  face?: number | undefined;
}

interface Near {
  d: number;
  at: SnapVertex;
}

/** Nearer than the best so far; at the same distance an exact vertex wins over a preview's copy of it. */
const beats = (best: Near | null, d: number, tolerance: number) =>
  best ? d < best.d || (d === best.d && best.at.mm === null) : d < tolerance;

/** The nearest vertex within the tolerance; else the nearest place on an edge; else the place itself. */
export function snap({ lonlat, faces, tolerance, mode, face }: SnapQuery): Snapped {
  const free: Snapped = { point: { lonlat }, lonlat, snap: "none", edge: null };
  if (mode === "free") return free;
  const [mx, my] = degreeMetres(lonlat[1]);
  const local = ({ lonlat: [lon, lat] }: SnapVertex): [number, number] => [
    (lon - lonlat[0]) * mx,
    (lat - lonlat[1]) * my,
  ];
  let vertex: Near | null = null;
  let edge: { d: number; at: SnapEdge; share: number } | null = null;
  for (const candidate of faces) {
    if (face !== undefined && candidate.id !== face) continue;
    for (const ring of candidate.rings) {
      for (let i = 0; i < ring.length; i++) {
        const [a, b] = [ring[i], ring[(i + 1) % ring.length]];
        if (!a || !b) continue;
        const [ax, ay] = local(a);
        const d = Math.hypot(ax, ay);
        if (beats(vertex, d, tolerance)) vertex = { d, at: a };
        const [bx, by] = local(b);
        const [dx, dy] = [bx - ax, by - ay];
        const size = dx * dx + dy * dy;
        if (size === 0) continue;
        const share = Math.min(1, Math.max(0, -(ax * dx + ay * dy) / size));
        const off = Math.hypot(ax + share * dx, ay + share * dy);
        if (off < (edge?.d ?? tolerance)) edge = { d: off, at: [a, b], share };
      }
    }
  }
  if (vertex && mode !== "edge") {
    const { mm, lonlat: place } = vertex.at;
    return { point: mm ? { mm } : { lonlat: place }, lonlat: place, snap: "vertex", edge: null };
  }
  if (edge && mode !== "vertex") {
    const [a, b] = edge.at;
    const place: LonLat = [
      a.lonlat[0] + (b.lonlat[0] - a.lonlat[0]) * edge.share,
      a.lonlat[1] + (b.lonlat[1] - a.lonlat[1]) * edge.share,
    ];
    return { point: { lonlat: place }, lonlat: place, snap: "edge", edge: edge.at };
  }
  return free;
}

/** Past a boundary it was put on, a line is drawn this far (m) on. */
const OVERSHOOT = 0.02;

/**
 * A dividing line as it is sent. A free place on a side is rounded to the grid by the service and may come to
 * lie a fraction of a millimetre inside the parcel; the line would then not reach the boundary. Its ends on
 * a side are therefore drawn a little past it; where it crosses the side is computed by the service.
 */
export function acrossBoundary(points: readonly SketchPoint[]): Point[] {
  const sent = points.map(({ point }) => point);
  for (const [end, before] of [
    [0, 1],
    [points.length - 1, points.length - 2],
  ] as const) {
    const [last, previous] = [points[end], points[before]];
    if (last?.snap !== "edge" || !previous) continue;
    const [mx, my] = degreeMetres(last.lonlat[1]);
    const [dx, dy] = [(last.lonlat[0] - previous.lonlat[0]) * mx, (last.lonlat[1] - previous.lonlat[1]) * my];
    const share = OVERSHOOT / Math.hypot(dx, dy);
    if (!Number.isFinite(share)) continue;
    sent[end] = { lonlat: [last.lonlat[0] + (dx * share) / mx, last.lonlat[1] + (dy * share) / my] };
  }
  return sent;
}

const sameMm = (a: Mm | null, b: Mm) => a !== null && a[0] === b[0] && a[1] === b[1];

/** The shorter way along a ring between two of its vertices, both ends included; null if no ring has both. */
export function boundaryPath(
  faces: Iterable<SnapFace>,
  from: Mm,
  to: Mm,
  longer = false,
): { mm: Mm; lonlat: LonLat }[] | null {
  for (const { rings } of faces) {
    for (const ring of rings) {
      const start = ring.findIndex(({ mm }) => sameMm(mm, from));
      const end = ring.findIndex(({ mm }) => sameMm(mm, to));
      if (start < 0 || end < 0 || start === end) continue;
      const walk = (step: 1 | -1) => {
        const path: SnapVertex[] = [];
        for (let i = start; ; i = (i + step + ring.length) % ring.length) {
          const vertex = ring[i];
          if (vertex) path.push(vertex);
          if (i === end) return path;
        }
      };
      const [forward, back] = [walk(1), walk(-1)];
      const short = wayLength(forward) <= wayLength(back) ? forward : back;
      const chosen = longer ? (short === forward ? back : forward) : short;
      const named = chosen.flatMap(({ mm, lonlat }) => (mm ? [{ mm, lonlat }] : []));
      return named.length === chosen.length ? named : null;
    }
  }
  return null;
}

function wayLength(path: SnapVertex[]): number {
  let sum = 0;
  for (let i = 1; i < path.length; i++) {
    const [a, b] = [path[i - 1]?.mm, path[i]?.mm];
    if (a && b) sum += Math.hypot(a[0] - b[0], a[1] - b[1]);
  }
  return sum;
}

/** Vertices joined to this one by a side, in any face: what moves along when it is moved. */
export function joinedTo(faces: Iterable<SnapFace>, mm: Mm): LonLat[] {
  const found = new Map<string, LonLat>();
  for (const { rings } of faces) {
    for (const ring of rings) {
      ring.forEach((vertex, i) => {
        if (!sameMm(vertex.mm, mm)) return;
        for (const other of [ring[(i + ring.length - 1) % ring.length], ring[(i + 1) % ring.length]]) {
          if (other) found.set(other.lonlat.join(), other.lonlat);
        }
      });
    }
  }
  return [...found.values()];
}
