import type { Polygon, Position } from "geojson";

/**
 * A place inside a polygon, for asking what lay there: the middle of the widest stretch of a horizontal
 * line through the polygon, tried at a few heights. Display coordinates only.
 */
export function insidePoint({ coordinates }: Polygon): [lon: number, lat: number] | null {
  const shell = coordinates[0] ?? [];
  const lats = shell.map((p) => p[1] ?? 0);
  const [low, high] = [Math.min(...lats), Math.max(...lats)];
  let best: { width: number; place: [number, number] } | null = null;
  for (const share of [0.5, 0.37, 0.63, 0.21, 0.79]) {
    const lat = low + (high - low) * share;
    const cuts = coordinates.flatMap((ring) => crossings(ring, lat)).sort((a, b) => a - b);
    for (let i = 0; i + 1 < cuts.length; i += 2) {
      const [from, to] = [cuts[i] ?? 0, cuts[i + 1] ?? 0];
      if (!best || to - from > best.width) best = { width: to - from, place: [(from + to) / 2, lat] };
    }
  }
  return best?.place ?? null;
}

function crossings(ring: Position[], lat: number): number[] {
  const found: number[] = [];
  for (let i = 0; i < ring.length; i++) {
    const [x1 = 0, y1 = 0] = ring[i] ?? [];
    const [x2 = 0, y2 = 0] = ring[(i + 1) % ring.length] ?? [];
    if (y1 > lat !== y2 > lat) found.push(x1 + ((lat - y1) / (y2 - y1)) * (x2 - x1));
  }
  return found;
}
