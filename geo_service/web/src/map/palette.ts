/**
 * Colours of the map. The register's land-use colours are made for paper and are loud on a screen; they are
 * softened in OKLab (lighter, less chroma), which keeps their hue and their order of lightness. The results
 * are opaque, so that a live change drawn over a tile hides what lies under it.
 */
import type { Kind, LandUse } from "../api/types";

type Rgb = [number, number, number];

const toLinear = (c: number) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const toGamma = (c: number) => (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);

function toOklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([L, a, b]: Rgb): Rgb {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

export function soften(hex: string): string {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  if (!match) return "#ece7dc";
  const rgb = [match[1], match[2], match[3]].map((part) => toLinear(Number.parseInt(part ?? "0", 16) / 255));
  const [L, a, b] = toOklab(rgb as Rgb);
  const mild: Rgb = [0.94 + (L - 0.94) * 0.5, a * 0.38, b * 0.38];
  const parts = fromOklab(mild).map((c) =>
    Math.round(255 * Math.min(1, Math.max(0, toGamma(Math.max(0, c))))),
  );
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

export const KIND_COLOR: Record<Kind, string> = {
  land: "#efe9dc",
  road: "#fbfaf8",
  water: "#b5d5e8",
  other: "#e6e2da",
  unassigned: "#e4e4e4",
  disputed: "#f7d9c9",
};

export const INK = {
  ground: "#eceae5",
  boundary: "#57534e",
  label: "#292524",
  limit: "#6b2148",
  limitBand: "#c9a3b7",
  unitName: "#4a1532",
  selection: "#0b57d0",
  created: "#b45309",
  removed: "#78716c",
  refused: "#c81e1e",
  sketch: "#7c2d12",
  dossier: "#6d28d9",
  result: "#15803d",
  remark: "#c2410c",
  base: "#57534e",
  mine: "#1d4ed8",
  theirs: "#c2410c",
} as const;

/** A MapLibre expression: colour of a face from its `kind` and `lu` properties. */
export function faceColor(landUse: readonly LandUse[]): unknown[] {
  const byUse = landUse.flatMap(({ code, color }) => [code, soften(color)]);
  const land = byUse.length ? ["match", ["get", "lu"], ...byUse, KIND_COLOR.land] : KIND_COLOR.land;
  const kinds = Object.entries(KIND_COLOR).filter(([kind]) => kind !== "land");
  return ["match", ["get", "kind"], ...kinds.flat(), land];
}
