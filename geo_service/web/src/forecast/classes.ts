/** Probabilities in five classes, for the map and its legend. Pure. */
import type { ExpressionSpecification } from "maplibre-gl";
import type { Language } from "../state/view";

/** Each from its probability on, in one ink that grows darker: told apart without colours as well. */
export const CLASSES: readonly { from: number; colour: string }[] = [
  { from: 0, colour: "#ece8f4" },
  { from: 0.02, colour: "#c9bde2" },
  { from: 0.05, colour: "#a08bcd" },
  { from: 0.1, colour: "#7350b0" },
  { from: 0.2, colour: "#3f1a78" },
];

/** A MapLibre expression: the colour of a parcel from its `probability`. */
export const COLOUR = [
  "step",
  ["get", "probability"],
  ...CLASSES.flatMap(({ from, colour }) => (from ? [from, colour] : [colour])),
] as unknown as ExpressionSpecification;

const LOCALE: Record<Language, string> = { vi: "vi-VN", en: "en-GB" };

/** A chance as a person reads it: 12 %, and under one per cent with a decimal. */
export const chance = (value: number, lang: Language): string =>
  new Intl.NumberFormat(LOCALE[lang], {
    style: "percent",
    maximumFractionDigits: value < 0.01 ? 1 : 0,
  }).format(value);

/** What the legend says of a class: < 2 %, 2 – 5 %, ≥ 20 %. */
export function classLabel(place: number, lang: Language): string {
  const [from, to] = [CLASSES[place]?.from ?? 0, CLASSES[place + 1]?.from];
  if (to === undefined) return `≥ ${chance(from, lang)}`;
  return from ? `${chance(from, lang)} – ${chance(to, lang)}` : `< ${chance(to, lang)}`;
}

/** How many of the k most likely parcels were built on: as forecast, by the plain guess, by chance. */
export function hitsOf(figures: {
  k: number;
  precision_at_k: number;
  persistence_precision_at_k: number;
  base_rate: number;
}): { hits: number; plain: number; random: number } {
  const count = (share: number) => Math.round(share * figures.k);
  return {
    hits: count(figures.precision_at_k),
    plain: count(figures.persistence_precision_at_k),
    random: count(figures.base_rate),
  };
}
