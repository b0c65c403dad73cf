import type { LonLat, Mm, Point } from "../api/types";
import { degreeMetres, type SketchPoint, type SnapFace } from "./geometry";

/**
 * The plane of the fabric near the place of work, fitted to vertices whose both coordinates are known.
 * Good to about a millimetre within a few hundred metres: enough to show typed coordinates and to measure a
 * sketch, never used to name an existing vertex.
 */
export interface LocalFrame {
  toMm: (place: LonLat) => Mm;
  toLonLat: (mm: Mm) => LonLat;
}

const MOST_VERTICES = 400;

export function fitFrame(faces: Iterable<SnapFace>): LocalFrame | null {
  const known: { mm: Mm; lonlat: LonLat }[] = [];
  for (const { rings } of faces) {
    for (const ring of rings) {
      for (const { mm, lonlat } of ring) if (mm && known.length < MOST_VERTICES) known.push({ mm, lonlat });
    }
  }
  const n = known.length;
  if (n < 2) return null;
  const mean = (pick: (v: { mm: Mm; lonlat: LonLat }) => number) =>
    known.reduce((s, v) => s + pick(v), 0) / n;
  const [lon0, lat0] = [mean((v) => v.lonlat[0]), mean((v) => v.lonlat[1])];
  const [x0, y0] = [mean((v) => v.mm[0]), mean((v) => v.mm[1])];
  const [mx, my] = degreeMetres(lat0);
  // least squares for one complex factor: (x + iy) = (p + iq)(u + iv)
  let [re, im, size] = [0, 0, 0];
  for (const { mm, lonlat } of known) {
    const [u, v] = [(lonlat[0] - lon0) * mx, (lonlat[1] - lat0) * my];
    const [x, y] = [mm[0] - x0, mm[1] - y0];
    re += u * x + v * y;
    im += u * y - v * x;
    size += u * u + v * v;
  }
  if (size < 1e-6) return null;
  const [p, q] = [re / size, im / size];
  const norm = p * p + q * q;
  return {
    toMm: ([lon, lat]) => {
      const [u, v] = [(lon - lon0) * mx, (lat - lat0) * my];
      return [x0 + p * u - q * v, y0 + q * u + p * v];
    },
    toLonLat: ([x, y]) => {
      const [dx, dy] = [x - x0, y - y0];
      return [lon0 + (p * dx + q * dy) / norm / mx, lat0 + (p * dy - q * dx) / norm / my];
    },
  };
}

export function planeOf(point: Point, lonlat: LonLat, frame: LocalFrame): Mm {
  if ("mm" in point) return point.mm;
  if ("en" in point) return [point.en[0] * 1000, point.en[1] * 1000];
  return frame.toMm(lonlat);
}

/** Length in metres and grid bearing in degrees clockwise from north. */
export function measure(from: Mm, to: Mm): { length: number; bearing: number } {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const bearing = (Math.atan2(dx, dy) * 180) / Math.PI;
  return { length: Math.hypot(dx, dy) / 1000, bearing: (bearing + 360) % 360 };
}

/** The typed place at this distance (m) and bearing (°) from a point. */
export function polar(from: Mm, length: number, bearing: number, frame: LocalFrame): SketchPoint {
  const angle = (bearing * Math.PI) / 180;
  return typed([from[0] + length * 1000 * Math.sin(angle), from[1] + length * 1000 * Math.cos(angle)], frame);
}

/** A place given by VN-2000 coordinates, rounded to the millimetre of the grid. */
export function typed(mm: Mm, frame: LocalFrame): SketchPoint {
  const [x, y] = [Math.round(mm[0]), Math.round(mm[1])];
  return { point: { en: [x / 1000, y / 1000] }, lonlat: frame.toLonLat([x, y]), snap: "typed" };
}
