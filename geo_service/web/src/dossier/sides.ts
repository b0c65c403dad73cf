/** Sides of parcels, to hang words on. Pure. */
import type { LonLat, Mm, Vertex } from "../api/types";
import { degreeMetres } from "../editing/geometry";

export interface Side {
  /** of the register; null for a parcel that is only drawn */
  parcel: number | null;
  label: string;
  /** from 1, along the rings of the parcel */
  n: number;
  mm: [number, number, number, number];
  line: [LonLat, LonLat];
  length_m: number;
}

interface Face {
  id: number;
  label: string | null;
  rings: readonly (readonly Vertex[])[];
}

const key = (a: Mm, b: Mm) =>
  [a, b]
    .map((point) => point.join())
    .sort()
    .join("|");

/** Every side once, also where two of the faces share it. */
export function sidesOf(faces: readonly Face[]): Side[] {
  const seen = new Set<string>();
  const sides: Side[] = [];
  for (const { id, label, rings } of faces) {
    let n = 0;
    for (const ring of rings) {
      for (const [i, a] of ring.entries()) {
        const b = ring[(i + 1) % ring.length];
        if (!b || (a.mm[0] === b.mm[0] && a.mm[1] === b.mm[1])) continue;
        n += 1;
        const name = key(a.mm, b.mm);
        if (seen.has(name)) continue;
        seen.add(name);
        sides.push({
          parcel: id > 0 ? id : null,
          label: label ?? "",
          n,
          mm: [...a.mm, ...b.mm],
          line: [a.lonlat, b.lonlat],
          length_m: Math.hypot(a.mm[0] - b.mm[0], a.mm[1] - b.mm[1]) / 1000,
        });
      }
    }
  }
  return sides;
}

/** The side nearest to a place, no farther than `within` metres. */
export function nearestSide(sides: readonly Side[], [lon, lat]: LonLat, within: number): Side | null {
  const [mx, my] = degreeMetres(lat);
  let best: Side | null = null;
  let least = within;
  for (const side of sides) {
    const [[ax, ay], [bx, by]] = side.line;
    const [px, py] = [(lon - ax) * mx, (lat - ay) * my];
    const [dx, dy] = [(bx - ax) * mx, (by - ay) * my];
    const size = dx * dx + dy * dy;
    const share = size ? Math.min(1, Math.max(0, (px * dx + py * dy) / size)) : 0;
    const away = Math.hypot(px - share * dx, py - share * dy);
    if (away <= least) [best, least] = [side, away];
  }
  return best;
}
