/** The leaders' board over the wire. Shares are from 0 to 1, lengths in working days of office hours with the clock running. */
import type { FeatureCollection, MultiPolygon } from "geojson";
import { http } from "./client";
import type { DossierPage } from "./dossierTypes";
import type { Named } from "./procedureTypes";

/** whose a dossier is: the unit that decides it, or that received it */
export type By = "competent" | "received";

/** What is asked: days of Hanoi (both counted), one unit or procedure or all ("") */
export interface BoardQuestion {
  from: string;
  to: string;
  by: By;
  unit: string;
  procedure: string;
}

export interface Counts {
  filed: number;
  received: number;
  /** decided, handed out or withdrawn in the period; its parts are in_time and late */
  finished: number;
  in_time: number;
  late: number;
  /** in_time of finished; null: none finished */
  share: number | null;
  withdrawn: number;
  refused: number;
  stopped: number;
  /** now, whatever the period */
  waiting: number;
  green: number;
  amber: number;
  red: number;
  paused: number;
  unanswered: number;
  unanswered_red: number;
  median_days: number | null;
  p90_days: number | null;
}

/** What a share is called, from `share` on. */
export interface Band {
  share: number;
  name_vi: string;
  name_en: string;
}

export interface Board {
  at: string;
  from: string;
  to: string;
  by: By;
  scope: string[] | null;
  total: Counts;
  paused_for: (Named & { number: number })[];
  units: (Counts & { unit: { code: string; name: string } })[];
  procedures: (Counts & { procedure: Named })[];
  bands: Band[];
  alarm: { amber_hours: number; red_hours: number };
}

export interface MapUnit extends Counts {
  code: string;
  name: string;
  lon: number | null;
  lat: number | null;
  outlined: boolean;
}

export type Outlines = FeatureCollection<MultiPolygon, { code: string }>;

export interface StepCount {
  procedure: Named;
  step: Named;
  role: string;
  role_vi: string;
  role_en: string;
  clock: "none" | "running" | "paused";
  days: number | null;
  stays: number;
  median_days: number | null;
  p90_days: number | null;
  over: number;
  lost_days: number;
  standing: number;
  standing_over: number;
}

export interface LoadDay {
  day: string;
  received: number;
  finished: number;
  late: number;
}

export interface ForecastError {
  mae: number;
  mape: number | null;
}

export interface Forecast {
  at: string;
  load: {
    method: "model" | "naive" | null;
    missing: "short" | "few" | null;
    interval: number;
    history: LoadDay[];
    days: { day: string; expected: number; low: number; high: number }[];
    model: ForecastError | null;
    naive: ForecastError | null;
    coverage: number | null;
    tested_days: number;
  };
  lateness: {
    running: number;
    judged: number;
    at_risk: { id: string; risk: number; alike: number; needs_days: number; has_days: number }[];
    measured: {
      tried: number;
      late: number;
      flagged: number;
      right: number;
      precision: number | null;
      recall: number | null;
      brier: number;
      brier_usual: number;
    } | null;
  };
}

/** A number of the board that can be looked behind. */
export type CellName =
  | "filed"
  | "received"
  | "finished"
  | "in_time"
  | "late"
  | "withdrawn"
  | "refused"
  | "stopped"
  | "open"
  | "waiting"
  | "green"
  | "amber"
  | "red"
  | "paused"
  | "unanswered"
  | "unanswered_red"
  | "step"
  | "at_risk";

interface Items<T> {
  items: T[];
}

const asked = ({ from, to, by, unit, procedure }: BoardQuestion) => ({
  from,
  to,
  by,
  unit: unit || null,
  procedure: procedure || null,
});

export const board = {
  numbers: (question: BoardQuestion) => http.get<Board>("/api/board", asked(question)),
  units: (question: BoardQuestion) => http.get<Items<MapUnit>>("/api/board/units", asked(question)),
  outlines: () => http.get<Outlines>("/api/board/outlines"),
  steps: (question: BoardQuestion) => http.get<Items<StepCount>>("/api/board/steps", asked(question)),
  forecast: (question: BoardQuestion) => http.get<Forecast>("/api/board/forecast", asked(question)),
  dossiers: (question: BoardQuestion, cell: CellName, detail: string | null, offset: number) =>
    http.get<DossierPage>("/api/board/dossiers", { ...asked(question), cell, detail, offset }),
};
