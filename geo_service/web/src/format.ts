/** Numbers, dates and places as people here write them; the language decides the separators. */
import type { Language } from "./state/view";

const LOCALE: Record<Language, string> = { vi: "vi-VN", en: "en-GB" };
const ZONE = "Asia/Ho_Chi_Minh";

const cache = new Map<string, Intl.NumberFormat>();
function numberFormat(lang: Language, least: number, most: number): Intl.NumberFormat {
  const key = `${lang}/${least}/${most}`;
  let format = cache.get(key);
  if (!format) {
    // Intl leaves four-digit numbers ungrouped for some languages; registers always group
    format = new Intl.NumberFormat(LOCALE[lang], {
      minimumFractionDigits: least,
      maximumFractionDigits: most,
      useGrouping: "always",
    });
    cache.set(key, format);
  }
  return format;
}

export const integer = (value: number, lang: Language) => numberFormat(lang, 0, 0).format(value);
export const area = (value: number, lang: Language) => `${numberFormat(lang, 1, 1).format(value)} m²`;
export const exactArea = (value: number, lang: Language) => `${numberFormat(lang, 2, 2).format(value)} m²`;
export const length = (value: number, lang: Language) => `${numberFormat(lang, 2, 2).format(value)} m`;
export const metres = (value: number, lang: Language) => numberFormat(lang, 3, 3).format(value);
export const degrees = (value: number, lang: Language) => `${numberFormat(lang, 1, 1).format(value)}°`;

/** With its sign, so that gain and loss are told apart without colour. */
export function areaChange(value: number, lang: Language): string {
  const rounded = Math.abs(value) < 0.005 ? 0 : value;
  const sign = rounded > 0 ? "+" : rounded < 0 ? "−" : "±";
  return `${sign}${numberFormat(lang, 2, 2).format(Math.abs(rounded))} m²`;
}

/** 22/11/2026 14:05, in the time of Hanoi wherever the reader sits. */
export function dateTime(iso: string): string {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("en-GB", {
      timeZone: ZONE,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    })
      .formatToParts(new Date(iso))
      .map(({ type, value }) => [type, value]),
  );
  return `${parts.day}/${parts.month}/${parts.year} ${parts.hour}:${parts.minute}`;
}

/** 22/11/2026, of a day or of a moment in Hanoi. */
export function day(iso: string): string {
  const plain = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso);
  return plain ? `${plain[3]}/${plain[2]}/${plain[1]}` : dateTime(iso).slice(0, 10);
}

/** The day of Hanoi as forms and the service write it: 2026-11-22. */
export const isoDay = (moment: Date): string => day(moment.toISOString()).split("/").reverse().join("-");

/** The day before: periods of the service end before their last day is named, people name the last day itself. */
export const lastDay = (end: string): string => shifted(end, -1);
/** The day on which a period is over whose last day is this. */
export const endOf = (last: string): string => shifted(last, 1);

function shifted(iso: string, days: number): string {
  const moment = new Date(`${iso.slice(0, 10)}T00:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() + days);
  return moment.toISOString().slice(0, 10);
}

const STEPS: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** How long ago, in the largest unit that fits: 5 phút trước, 2 days ago. */
export function ago(iso: string, now: number, lang: Language): string {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  const format = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

/** A number as a person types it, in either language's form: 1.234,5 · 1,234.5 · 50,25 · 50.25. NaN if it is none. */
export function parseNumber(text: string): number {
  const bare = text.replace(/[\s\u00a0]/g, "");
  if (!/^[+-]?[\d.,]+$/.test(bare)) return Number.NaN;
  const comma = bare.lastIndexOf(",");
  const dot = bare.lastIndexOf(".");
  if (comma >= 0 && dot >= 0) {
    const [group, decimal] = comma > dot ? [".", ","] : [",", "."];
    const plain = bare.replaceAll(group, "");
    return plain.split(decimal).length === 2 ? Number(plain.replace(decimal, ".")) : Number.NaN;
  }
  const mark = comma >= 0 ? "," : ".";
  const pieces = bare.split(mark);
  if (pieces.length > 2)
    return pieces.slice(1).every((p) => p.length === 3) ? Number(pieces.join("")) : Number.NaN;
  return Number(pieces.join("."));
}
