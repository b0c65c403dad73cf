import "../i18n/imagery";
import i18next from "i18next";
import type { Scene } from "../api/imagery";
import { day } from "../format";
import type { Language } from "../state/view";

const LOCALE: Record<Language, string> = { vi: "vi-VN", en: "en-GB" };

export const SENSORS = [
  "sentinel-2-l2a",
  "sentinel-2-l1c",
  "landsat-c2-l2",
  "landsat-c2-l1",
  "landsat",
  "naip",
  "orthophoto",
  "simulated",
  "other",
] as const;
const LOOKS = ["natural", "false-colour", "swir", "ndvi", "ndbi", "ndwi", "bsi", "mask"] as const;
const UPLOAD_STEPS = [
  "hash",
  "unpack",
  "read",
  "overviews",
  "write",
  "verify",
  "mask",
  "visual",
  "store",
] as const;
const RUN_STEPS = [
  "grid",
  "registration",
  "sample",
  "fit",
  "score",
  "polygons",
  "parcels",
  "leads",
  "record",
] as const;

/** Metres of a pixel as people say them: 10 · 0,6 */
export const metresOf = (gsd: number, lang: Language): string =>
  new Intl.NumberFormat(LOCALE[lang], { maximumSignificantDigits: 2 }).format(gsd);

/** Names that the service has and nobody has put into words are shown as they are. */
export function sensorName(sensor: string): string {
  const known = SENSORS.find((one) => one === sensor);
  return known ? i18next.t(`imagery.sensors.${known}`) : sensor;
}

export function lookName(look: string): string {
  const known = LOOKS.find((one) => one === look);
  return known ? i18next.t(`imagery.looks.${known}`) : look;
}

const BANDS = [
  "blue",
  "green",
  "red",
  "rededge",
  "nir",
  "nir08",
  "nir09",
  "swir16",
  "swir22",
  "coastal",
] as const;

/** A band by what it sees, where its name says it. */
export function bandName(band: string): string {
  const known = BANDS.find((one) => one === band);
  return known ? i18next.t(`imagery.bands.${known}`) : band;
}

/** What is being done just now; a step without words is left out. */
export function uploadStep(step: string): string {
  const known = UPLOAD_STEPS.find((one) => one === step);
  return known ? i18next.t(`imageryUpload.steps.${known}`) : "";
}

export function runStep(step: string): string {
  const known = RUN_STEPS.find((one) => one === step);
  return known ? i18next.t(`detection.steps.${known}`) : "";
}

export const optionOf = (scene: Scene, lang: Language): string =>
  i18next.t("imagery.option", {
    date: day(scene.datetime),
    sensor: sensorName(scene.sensor),
    n: metresOf(scene.gsd, lang),
  });
