/** Findings in words and colours. Pure. */
import type { TFunction } from "i18next";
import type { FindingBrief, FindingState } from "../api/findings";
import type { LandUse } from "../api/types";
import type { Language } from "../state/view";

const TRANSITIONS = [
  "to_built",
  "to_bare",
  "to_water",
  "to_vegetation",
  "demolished",
  "other",
  "built_on_rice",
] as const;

/** What the ground turned into; a kind that only the rule table knows is named by its code. */
export function transitionName(code: string, t: TFunction): string {
  const known = TRANSITIONS.find((one) => one === code);
  return known ? t(`finding.transition.${known}`) : t("finding.transition.coded", { code });
}

export const modelName = (model: string, t: TFunction): string =>
  model === "unsupervised" ? t("finding.facts.unsupervised") : model;

export function landUseName(code: string | null, known: readonly LandUse[], lang: Language): string | null {
  if (!code) return null;
  const found = known.find((one) => one.code === code);
  return found ? `${code} · ${lang === "vi" ? found.name_vi : found.name_en}` : code;
}

export const placeName = ({ parcel }: Pick<FindingBrief, "parcel">, t: TFunction): string =>
  parcel ? parcel.label || parcel.code || `#${parcel.id}` : t("finding.outside");

export const unitWords = (
  { unit, unit_name }: Pick<FindingBrief, "unit" | "unit_name">,
  t: TFunction,
): string => (unit === null ? t("finding.city") : (unit_name ?? unit));

/** Inks on white with a contrast of at least 4.5; the same on the map. */
export const STATE_INK: Record<FindingState, string> = {
  open: "#b42318",
  confirmed: "#7a1f5c",
  permitted: "#15693b",
  false: "#57534e",
  not_visible: "#6b5a14",
  superseded: "#78716c",
};

/** A badge of a state: its ink on a breath of the same. */
export const stateLook = (state: FindingState) => ({
  color: STATE_INK[state],
  background: `${STATE_INK[state]}1a`,
});

const LOCALE: Record<Language, string> = { vi: "vi-VN", en: "en-GB" };

export const percent = (value: number, lang: Language): string =>
  new Intl.NumberFormat(LOCALE[lang], { style: "percent", maximumFractionDigits: 0 }).format(value);

/** An index as a person reads it: two decimals. */
export const index = (value: number, lang: Language): string =>
  new Intl.NumberFormat(LOCALE[lang], { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value);
