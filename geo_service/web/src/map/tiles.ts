/** Web Mercator tile arithmetic, pure. */
import type { Bounds } from "../api/types";

export interface TileId {
  z: number;
  x: number;
  y: number;
}

export const LIVE_CELL_ZOOM = 12;
const MAX_LAT = 85.0511;

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const column = (lon: number, n: number) => clamp(Math.floor(((lon + 180) / 360) * n), 0, n - 1);
function row(lat: number, n: number): number {
  const phi = (clamp(lat, -MAX_LAT, MAX_LAT) * Math.PI) / 180;
  return clamp(Math.floor(((1 - Math.asinh(Math.tan(phi)) / Math.PI) / 2) * n), 0, n - 1);
}

/** Tiles of one zoom that touch the bounds, or null when they would be more than `most`. */
export function tilesIn(
  [west, south, east, north]: Bounds,
  z: number,
  most: number,
  ring = 0,
): TileId[] | null {
  const n = 2 ** z;
  const [x0, x1] = [clamp(column(west, n) - ring, 0, n - 1), clamp(column(east, n) + ring, 0, n - 1)];
  const [y0, y1] = [clamp(row(north, n) - ring, 0, n - 1), clamp(row(south, n) + ring, 0, n - 1)];
  if ((x1 - x0 + 1) * (y1 - y0 + 1) > most) return null;
  const tiles: TileId[] = [];
  for (let x = x0; x <= x1; x++) for (let y = y0; y <= y1; y++) tiles.push({ z, x, y });
  return tiles;
}

/**
 * The subscription of a viewport: its z12 cells with one ring around them, so that small moves need no new
 * subscription; without the ring if that is too many; null (everything) if still too many.
 */
export function liveCells(bounds: Bounds, most = 64): string[] | null {
  const tiles = tilesIn(bounds, LIVE_CELL_ZOOM, most, 1) ?? tilesIn(bounds, LIVE_CELL_ZOOM, most);
  return tiles?.map(tileKey) ?? null;
}

export const tileKey = ({ z, x, y }: TileId): string => `${z}/${x}/${y}`;

export function tileBounds({ z, x, y }: TileId): Bounds {
  const n = 2 ** z;
  const lat = (r: number) => (Math.atan(Math.sinh(Math.PI * (1 - (2 * r) / n))) * 180) / Math.PI;
  return [(x / n) * 360 - 180, lat(y + 1), ((x + 1) / n) * 360 - 180, lat(y)];
}

export function overlap(a: Bounds, b: Bounds): boolean {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}

/** A little wider on every side: lines and labels of a face reach into the next tile. */
export function widened([w, s, e, n]: Bounds, by: number): Bounds {
  return [w - by, s - by, e + by, n + by];
}

export function tileOfUrl(url: string): TileId | null {
  const match = /\/tiles\/fabric\/(\d+)\/(\d+)\/(\d+)\.mvt/.exec(url);
  return match ? { z: Number(match[1]), x: Number(match[2]), y: Number(match[3]) } : null;
}
