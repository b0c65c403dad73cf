/** What the board draws and writes: shares in words, classes of a map, places on a chart, rows of a sheet. Pure. */
import type { Position } from "geojson";
import type { Band, Board, Counts, MapUnit } from "../api/board";
import type { Language } from "../state/view";
import type { Measure } from "./boardView";

const LOCALE: Record<Language, string> = { vi: "vi-VN", en: "en-GB" };

export const percent = (value: number, lang: Language, most = 1): string =>
  new Intl.NumberFormat(LOCALE[lang], { style: "percent", maximumFractionDigits: most }).format(value);

/** Working days, and other numbers with one place. */
export const tenth = (value: number, lang: Language): string =>
  new Intl.NumberFormat(LOCALE[lang], { maximumFractionDigits: 1 }).format(value);

/** Place of the band a share lies in; bands come from the highest down. A share that rounds up to a band does not reach it. */
export function bandOf(share: number, bands: readonly Band[]): number {
  const place = bands.findIndex((band) => share >= band.share);
  return place < 0 ? bands.length - 1 : place;
}

export const openOf = (counts: Counts): number =>
  counts.waiting + counts.green + counts.amber + counts.red + counts.paused;

export const valueOf = (unit: Counts, measure: Measure): number | null =>
  measure === "open" ? openOf(unit) : unit[measure];

/**
 * Blue for much or good, orange for little or bad: told apart with every kind of colour vision and in grey, since
 * lightness runs the same way.
 */
const GOOD_TO_BAD = ["#08519c", "#4292c6", "#9ecae1", "#fdae6b", "#d94801", "#8c2d04"];
const LITTLE_TO_MUCH = ["#eff3ff", "#bdd7e7", "#6baed6", "#3182bd", "#08519c"];
const FEW_TO_MANY_LATE = ["#feedde", "#fdbe85", "#fd8d3c", "#d94801", "#8c2d04"];

export interface MapClass {
  color: string;
  /** whether words on it must be light */
  dark: boolean;
  /** bounds of counts (both counted), or the band */
  from: number;
  to: number | null;
  band: Band | null;
  units: number;
}

const DARK = new Set(["#08519c", "#3182bd", "#4292c6", "#d94801", "#8c2d04"]);
const isDark = (color: string) => DARK.has(color);

/** Colours of the bands, spread over the scale when there are fewer than colours. */
export function bandColor(place: number, number: number): string {
  const last = GOOD_TO_BAD.length - 1;
  const at = number <= 1 ? 0 : Math.round((place * Math.min(last, Math.max(number - 1, 4))) / (number - 1));
  return GOOD_TO_BAD[Math.min(at, last)] ?? "#08519c";
}

/** The classes of a map and which one each unit is in; null: nothing to say of it. */
export function classify(
  units: readonly MapUnit[],
  measure: Measure,
  bands: readonly Band[],
): { classes: MapClass[]; of: Map<string, number | null> } {
  const values = new Map(units.map((unit) => [unit.code, valueOf(unit, measure)]));
  const classes: MapClass[] =
    measure === "share"
      ? bands.map((band, place) => {
          const color = bandColor(place, bands.length);
          return { color, dark: isDark(color), from: band.share, to: null, band, units: 0 };
        })
      : steps([...values.values()].filter((value) => value !== null)).map(([from, to], place, all) => {
          const colors = measure === "red" ? FEW_TO_MANY_LATE : LITTLE_TO_MUCH;
          const color =
            colors[all.length === 1 ? 0 : Math.round((place * 4) / (all.length - 1))] ?? "#eff3ff";
          return { color, dark: isDark(color), from, to, band: null, units: 0 };
        });
  const of = new Map<string, number | null>();
  for (const [code, value] of values) {
    const place =
      value === null
        ? -1
        : measure === "share"
          ? bandOf(value, bands)
          : classes.findIndex(({ from, to }) => value >= from && (to === null || value <= to));
    of.set(code, place < 0 ? null : place);
    const found = classes[place];
    if (found) found.units += 1;
  }
  return { classes, of };
}

/** Up to five classes of counts: none, and quarters of what is more than none. */
export function steps(values: readonly number[]): [from: number, to: number][] {
  const more = values.filter((value) => value > 0).sort((a, b) => a - b);
  const made: [number, number][] = [[0, 0]];
  for (const quarter of [0.25, 0.5, 0.75, 1]) {
    const to = more[Math.ceil(quarter * more.length) - 1];
    const last = made.at(-1)?.[1] ?? 0;
    if (to !== undefined && to > last) made.push([last + 1, to]);
  }
  return made;
}

// ---- the map ----------------------------------------------------------------------------------

const FLAT = Math.cos((21 * Math.PI) / 180);
/** A place on a flat drawing of the city: degrees of latitude, downwards. */
export const flat = ([lon = 0, lat = 0]: Position): [x: number, y: number] => [lon * FLAT, -lat];

export const outlinePath = (parts: readonly Position[][][]): string =>
  parts
    .flat()
    .map(
      (ring) =>
        `M${ring
          .map((point) =>
            flat(point)
              .map((value) => value.toFixed(4))
              .join(","),
          )
          .join("L")}Z`,
    )
    .join("");

export interface Frame {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The frame around places, with a margin. */
export function frameOf(places: readonly Position[], margin: number): Frame {
  const points = places.map(flat);
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, top] = [Math.min(...xs) - margin, Math.min(...ys) - margin];
  return { x: left, y: top, width: Math.max(...xs) + margin - left, height: Math.max(...ys) + margin - top };
}

/** Around the middle of the wards (phường), where units are small and close together. */
export function centreFrame(units: readonly MapUnit[], half: number): Frame | null {
  const wards = units.filter(({ name, lon }) => name.startsWith("Phường") && lon !== null);
  if (wards.length < 5) return null;
  const middle = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const [x, y] = flat([middle(wards.map(({ lon }) => lon ?? 0)), middle(wards.map(({ lat }) => lat ?? 0))]);
  return { x: x - half * 1.25, y: y - half, width: half * 2.5, height: half * 2 };
}

// ---- the chart --------------------------------------------------------------------------------

/** A round number at or above, and the lines drawn up to it. */
export function scaleOf(most: number): { top: number; lines: number[] } {
  const rough = Math.max(most, 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? rough);
  const number = Math.ceil(Math.max(most, 1) / step);
  return { top: number * step, lines: Array.from({ length: number + 1 }, (_, n) => n * step) };
}

// ---- the sheet --------------------------------------------------------------------------------

const SHEET = [
  "filed", "received", "finished", "in_time", "late", "share", "withdrawn", "refused", "stopped", "waiting", "green", "amber", "red", "paused",
  "unanswered", "unanswered_red", "median_days", "p90_days",
] as const satisfies (keyof Counts)[]; // prettier-ignore

/** Words of the sheet: its first columns, the kinds of its rows, its numbers. */
export type SheetWord = "kind" | "code" | "name" | "all" | "unit" | "procedure" | (typeof SHEET)[number];

/** What a spreadsheet must not take for a formula. */
const safe = (text: string) => (/^[=+\-@\t]/.test(text) ? `'${text}` : text);
const quoted = (text: string) => `"${safe(text).replaceAll('"', '""')}"`;

/** The numbers as CSV: all, then units, then procedures. It begins with the mark by which spreadsheets know UTF-8. */
export function sheet(board: Board, lang: Language, words: (word: SheetWord) => string): string {
  const name = (one: { name_vi: string; name_en: string }) => (lang === "vi" ? one.name_vi : one.name_en);
  const rows: [kind: string, code: string, label: string, counts: Counts][] = [
    [words("all"), "", "", board.total],
    ...board.units.map((row): [string, string, string, Counts] => [
      words("unit"),
      row.unit.code,
      row.unit.name,
      row,
    ]),
    ...board.procedures.map((row): [string, string, string, Counts] => [
      words("procedure"),
      row.procedure.code,
      name(row.procedure),
      row,
    ]),
  ];
  const head = [words("kind"), words("code"), words("name"), ...SHEET.map((column) => words(column))];
  const lines = rows.map(([kind, code, label, counts]) => [
    ...[kind, code, label].map(quoted),
    ...SHEET.map((column) => {
      const value = counts[column];
      return value === null ? "" : column === "share" ? value.toFixed(4) : String(value);
    }),
  ]);
  return `\ufeff${[head.map(quoted), ...lines].map((line) => line.join(",")).join("\r\n")}\r\n`;
}
