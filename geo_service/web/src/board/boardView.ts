import type { BoardQuestion, By, CellName } from "../api/board";
import { isoDay } from "../format";
import { createStore, useStore } from "../state/store";

/** Days up to today, or two days of one's own. */
export type Period = 7 | 30 | 90 | 365 | "own";
export const PERIODS: Period[] = [7, 30, 90, 365, "own"];
export type Measure = "share" | "received" | "open" | "red";
export const MEASURES: Measure[] = ["share", "received", "open", "red"];

/** A number that is looked behind. */
export interface Chosen {
  cell: CellName;
  detail: string | null;
  unit: string;
  procedure: string;
  title: string;
}

interface BoardView {
  period: Period;
  from: string;
  to: string;
  by: By;
  unit: string;
  procedure: string;
  measure: Measure;
  table: "units" | "procedures";
  chosen: Chosen | null;
}

/** What one looked at: coming back from a dossier leads there again. */
export const boardView = createStore<BoardView>({
  period: 30,
  from: "",
  to: "",
  by: "competent",
  unit: "",
  procedure: "",
  measure: "share",
  table: "units",
  chosen: null,
});

export const useBoardView = () => useStore(boardView, (value) => value);

const DAY_MS = 86_400_000;

/** The days a period stands for, both counted. */
export function daysOf(
  period: Period,
  own: { from: string; to: string },
  now: number,
): { from: string; to: string } {
  const today = isoDay(new Date(now));
  if (period !== "own") return { from: isoDay(new Date(now - (period - 1) * DAY_MS)), to: today };
  const to = own.to || today;
  return own.from && own.from <= to ? { from: own.from, to } : { from: to, to };
}

export function questionOf(view: BoardView, now: number): BoardQuestion {
  const { by, unit, procedure } = view;
  return { ...daysOf(view.period, view, now), by, unit, procedure };
}
