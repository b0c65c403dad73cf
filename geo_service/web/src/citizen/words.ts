/** Terms, fees and due dates in the words of people. Pure. */
import type { FeeRule, WorkingCalendar } from "../api/citizen";
import type { Limit } from "../api/dossierTypes";
import { dateTime, integer, isoDay, parseNumber } from "../format";
import type { Language } from "../state/view";

/** The name of something in the language of the reader. */
export const nameOf = (named: { name_vi: string; name_en: string }, lang: Language): string =>
  (lang === "vi" ? named.name_vi : named.name_en) || named.name_vi;

/** The register writes 3/76 (sheet, number); people say: thửa 76, tờ 3. */
export function parcelName(label: string, lang: Language): string {
  const [sheet, number, ...more] = label.split("/");
  if (!sheet || !number || more.length) return label;
  return lang === "vi" ? `Thửa ${number}, tờ ${sheet}` : `Parcel ${number}, sheet ${sheet}`;
}

const LENGTH = {
  vi: { working_day: "ngày làm việc", calendar_day: "ngày", working_hour: "giờ làm việc" },
  en: { working_day: "working day", calendar_day: "day", working_hour: "working hour" },
};

const many = (n: number, word: string, lang: Language) =>
  `${integer(n, lang)} ${word}${lang === "en" && n !== 1 ? "s" : ""}`;

/** 12 ngày làm việc · trong ngày (nộp sau 15:00: ngày làm việc tiếp theo) */
export function limitWords({ n, unit, cutoff }: Limit, lang: Language): string {
  if (n > 0) return many(n, LENGTH[lang][unit], lang);
  if (lang === "vi")
    return cutoff ? `trong ngày; nộp sau ${cutoff} thì ngày làm việc tiếp theo` : "trong ngày";
  return cutoff ? `the same day; the next working day after ${cutoff}` : "the same day";
}

export const dong = (amount: number, lang: Language) => `${integer(amount, lang)}\u00a0đ`;

export interface Fee {
  rule: FeeRule;
  /** đồng; null while it hangs on a price that is not given */
  amount: number | null;
  /** why nothing is to be paid */
  exempt: string | null;
}

/** What is to be paid under these rules: of several for one code the one for this channel, else the one for any. */
export function feesFor(
  channel: FeeRule["channel"],
  rules: readonly FeeRule[],
  form: Readonly<Record<string, string>>,
): Fee[] {
  const chosen = new Map<string, FeeRule>();
  for (const rule of rules) {
    if (rule.channel === channel || (rule.channel === "any" && !chosen.has(rule.code)))
      chosen.set(rule.code, rule);
  }
  return [...chosen.values()].map((rule) => {
    const exempt = rule.exempt.find(({ field, values }) => values.includes(form[field] ?? ""));
    return { rule, amount: exempt ? 0 : amountOf(rule, form), exempt: exempt?.source ?? null };
  });
}

function amountOf(rule: FeeRule, form: Readonly<Record<string, string>>): number | null {
  if (rule.rule === "fixed") return rule.amount;
  const price = parseNumber(form.price ?? "");
  return Number.isFinite(price) && price >= 0 ? Math.round((price * (rule.percent ?? 0)) / 100) : null;
}

// ---- due dates -------------------------------------------------------------------------------------------------

const WEEKDAY = {
  vi: ["Chủ nhật", "thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy"],
  en: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
};
const noon = (iso: string) => new Date(`${iso}T12:00:00Z`);

/** 17:00 thứ Tư 25/11/2026, in the time of Hanoi. */
export function momentWords(iso: string, lang: Language): string {
  const [date, hour] = dateTime(iso).split(" ");
  return `${hour} ${WEEKDAY[lang][noon(isoDay(new Date(iso))).getUTCDay()]} ${date}`;
}

/** Years in which the working days between two moments lie, for the calendars that are needed. */
export function yearsBetween(from: string, until: string): number[] {
  const [first, last] = [from, until].map((iso) => Number(isoDay(new Date(iso)).slice(0, 4))).sort();
  if (first === undefined || last === undefined) return [];
  return Array.from({ length: Math.min(last - first, 5) + 1 }, (_, i) => first + i);
}

/** Office closings after `from` and up to `until`: how many working days are left. Null where the calendar does not reach. */
export function workingDaysBetween(
  from: string,
  until: string,
  calendars: readonly WorkingCalendar[],
): number | null {
  const years = new Map(calendars.map((calendar) => [calendar.year, calendar]));
  const [start, end] = [Date.parse(from), Date.parse(until)];
  let count = 0;
  const cursor = noon(isoDay(new Date(from)));
  for (let days = 0; days < 1_500 && isoDay(cursor) <= isoDay(new Date(until)); days += 1) {
    const day = isoDay(cursor);
    const calendar = years.get(Number(day.slice(0, 4)));
    if (!calendar) return null;
    const closing = Date.parse(`${day}T${closingHour(day, calendar)}+07:00`);
    if (isWorkingDay(day, calendar) && closing > start && closing <= end) count += 1;
    cursor.setUTCDate(cursor.getUTCDate() + 1);
  }
  return count;
}

function isWorkingDay(day: string, { days }: WorkingCalendar): boolean {
  const special = days.find((one) => one.day === day);
  if (special) return special.working;
  const weekday = noon(day).getUTCDay();
  return weekday >= 1 && weekday <= 5;
}

function closingHour(day: string, { hours }: WorkingCalendar): string {
  const held = hours
    .filter(({ valid_from }) => valid_from <= day)
    .sort((a, b) => a.valid_from.localeCompare(b.valid_from));
  return held.at(-1)?.closes ?? "17:00:00";
}

export interface Due {
  late: boolean;
  /** working days left, or since; null while the calendar is not known */
  days: number | null;
  /** the moment in words */
  on: string;
}

export function dueOf(due: string, now: number, calendars: readonly WorkingCalendar[], lang: Language): Due {
  const late = Date.parse(due) < now;
  const today = new Date(now).toISOString();
  const days = late ? workingDaysBetween(due, today, calendars) : workingDaysBetween(today, due, calendars);
  return { late, days, on: momentWords(due, lang) };
}
