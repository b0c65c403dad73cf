/** Days of a year as a wall calendar has them: weeks begin on Monday. Days are `2026-11-22`. Pure. */
import type { CalendarDay, DayKind } from "../api/administrationTypes";

const iso = (moment: number): string => new Date(moment).toISOString().slice(0, 10);
const moment = (day: string): number => Date.parse(`${day}T00:00:00Z`);

/** 1 is Monday, 7 is Sunday. */
export const weekday = (day: string): number => new Date(moment(day)).getUTCDay() || 7;
export const isWeekend = (day: string): boolean => weekday(day) > 5;
export const daysLater = (day: string, days: number): string => iso(moment(day) + days * 86_400_000);

/** The weeks of a month (0–11); null where a week has days of other months. */
export function weeksOf(year: number, month: number): (string | null)[][] {
  const first = Date.UTC(year, month, 1);
  const days = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const cells: (string | null)[] = new Array<null>(weekday(iso(first)) - 1).fill(null);
  for (let day = 0; day < days; day += 1) cells.push(iso(first + day * 86_400_000));
  while (cells.length % 7) cells.push(null);
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
}

export type DayState = DayKind | "weekend" | "working";

/** What a day is: what was said of it, else what its day of the week says. */
export const stateOf = (day: string, said: CalendarDay | undefined): DayState =>
  said ? said.kind : isWeekend(day) ? "weekend" : "working";

/** What may be said of a day: only weekends are swapped in, only weekdays out or given in lieu. */
export const kindsFor = (day: string): DayKind[] =>
  isWeekend(day) ? ["swap_on", "holiday"] : ["holiday", "compensation", "swap_off"];

/** Days in a row that have the same name, kind and source: Tết is one line, not seven. */
export interface Span {
  first: CalendarDay;
  last: string;
  count: number;
}
export function spansOf(days: readonly CalendarDay[]): Span[] {
  const spans: Span[] = [];
  for (const day of days) {
    const open = spans.at(-1);
    const same =
      open !== undefined &&
      daysLater(open.last, 1) === day.day &&
      open.first.kind === day.kind &&
      open.first.name_vi === day.name_vi &&
      open.first.source === day.source &&
      open.first.provisional === day.provisional;
    if (same) {
      open.last = day.day;
      open.count += 1;
    } else spans.push({ first: day, last: day.day, count: 1 });
  }
  return spans;
}

/** The day an arrow key leads to, inside the year; null for other keys. */
export function dayByKey(day: string, key: string): string | null {
  const by: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  const days = by[key];
  let next = days === undefined ? null : daysLater(day, days);
  if (key === "Home") next = daysLater(day, 1 - weekday(day));
  if (key === "End") next = daysLater(day, 7 - weekday(day));
  return next?.slice(0, 4) === day.slice(0, 4) ? next : null;
}

/** A moment of the service as the field for date and hour has it, in Hanoi. */
export function hanoiField(at: string): string {
  return new Date(Date.parse(at) + 7 * 3_600_000).toISOString().slice(0, 16);
}
/** What the field has, as a moment for the service. */
export const hanoiMoment = (field: string): string => `${field}:00+07:00`;

/** A text in pieces; those that are addresses carry the name of their host. */
export function pieces(text: string): { text: string; host: string | null }[] {
  return text
    .split(/(https:\/\/[^\s;,)]+)/)
    .filter(Boolean)
    .map((piece) => ({
      text: piece,
      host: piece.startsWith("https://") ? (piece.split("/")[2] ?? null) : null,
    }));
}
