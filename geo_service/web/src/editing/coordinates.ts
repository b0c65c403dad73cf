import type { Mm } from "../api/types";
import { parseNumber } from "../format";

/**
 * VN-2000 coordinates as they stand in Vietnamese documents: X is northing, Y easting. Read with labels in
 * any order ("Y=588000,45 X=2325500,12") or as two numbers, northing first. Gives [easting, northing] in mm.
 */
export function parseVn2000(text: string): Mm | null {
  const labelled = new Map<string, number>();
  for (const [, name, value] of text.matchAll(/([XYxyNEne])\s*[=:]\s*([+-]?\d[\d.,]*)/g)) {
    const axis = /[xn]/i.test(name ?? "") ? "north" : "east";
    labelled.set(axis, parseNumber((value ?? "").replace(/[.,]$/, "")));
  }
  if (labelled.size) return toMm(labelled.get("east"), labelled.get("north"));
  const parts = text
    .trim()
    .split(/\s*;\s*|\s+/)
    .filter(Boolean);
  if (parts.length === 2) return toMm(parseNumber(parts[1] ?? ""), parseNumber(parts[0] ?? ""));
  return null;
}

function toMm(east: number | undefined, north: number | undefined): Mm | null {
  if (east === undefined || north === undefined || !Number.isFinite(east) || !Number.isFinite(north))
    return null;
  return [Math.round(east * 1000), Math.round(north * 1000)];
}
