/** A small plot of index series: where its lines, marks and ticks go. Pure; lengths in units of the drawing. */
import type { IndexName, SeriesPoint } from "../api/findings";

export interface PlotSize {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface PlotLine {
  name: IndexName;
  /** stretches between gaps, as the `d` of a path */
  path: string;
  points: { x: number; y: number; date: string; value: number }[];
}

export interface Plot {
  lines: PlotLine[];
  /** places of images in which nothing was seen */
  unseen: number[];
  /** where the two compared images lie */
  marks: number[];
  levels: { y: number; value: number }[];
  years: { x: number; year: number }[];
}

export const INDICES: readonly IndexName[] = ["ndvi", "ndbi", "ndwi", "bsi"];
const DAY = 86_400_000;

/** Two images make a difference, not a series. */
export const LEAST_IMAGES = 3;

export function plotOf(
  series: readonly SeriesPoint[],
  names: readonly IndexName[],
  compared: readonly string[],
  size: PlotSize,
): Plot | null {
  const ordered = [...series].sort((a, b) => Date.parse(a.date) - Date.parse(b.date));
  const times = ordered.map(({ date }) => Date.parse(date));
  const [start, end] = [times[0] ?? 0, times.at(-1) ?? 0];
  if (ordered.length < LEAST_IMAGES || end - start < DAY) return null;
  const values = ordered.flatMap((point) => names.map((name) => point[name]).filter((v) => v !== null));
  if (!values.length) return null;
  const low = Math.floor(Math.min(0, ...values) * 5) / 5;
  const high = Math.ceil(Math.max(0.2, ...values) * 5) / 5;
  const x = (time: number) =>
    size.left + ((time - start) / (end - start)) * (size.width - size.left - size.right);
  const y = (value: number) =>
    size.top + ((high - value) / (high - low)) * (size.height - size.top - size.bottom);
  const lines = names.map((name) => {
    const points = ordered.map((point) => {
      const value = point.observed ? point[name] : null;
      return value === null ? null : { x: x(Date.parse(point.date)), y: y(value), date: point.date, value };
    });
    return { name, path: stretches(points), points: points.filter((point) => point !== null) };
  });
  return {
    lines: lines.filter(({ points }) => points.length > 0),
    unseen: ordered.filter(({ observed }) => !observed).map(({ date }) => x(Date.parse(date))),
    marks: compared
      .map((date) => Date.parse(date))
      .filter((time) => time >= start - DAY && time <= end + DAY)
      .map(x),
    levels: levelsOf(low, high).map((value) => ({ y: y(value), value })),
    years: yearsOf(start, end).map(({ time, year }) => ({ x: x(time), year })),
  };
}

/** Pieces of a line; where nothing was seen there is no line. */
function stretches(points: readonly ({ x: number; y: number } | null)[]): string {
  let drawing = false;
  const parts: string[] = [];
  for (const point of points) {
    if (point) parts.push(`${drawing ? "L" : "M"}${point.x.toFixed(1)} ${point.y.toFixed(1)}`);
    drawing = point !== null;
  }
  return parts.join("");
}

function levelsOf(low: number, high: number): number[] {
  const step = high - low > 1 ? 0.4 : 0.2;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, k) => Math.round((first + k) * step * 10) / 10);
}

function yearsOf(start: number, end: number): { time: number; year: number }[] {
  const out: { time: number; year: number }[] = [];
  for (let year = new Date(start).getUTCFullYear(); year <= new Date(end).getUTCFullYear(); year++) {
    const time = Date.UTC(year, 0, 1);
    if (time >= start) out.push({ time, year });
  }
  return out;
}
