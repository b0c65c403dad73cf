/**
 * What goes over the wire for those who keep the catalogue of procedures, the working calendar and the partners. Written by
 * hand like `schema.ts`. Days are `2026-11-22`, moments ISO 8601 with a zone, hours `HH:MM` in Hanoi; a unit of `*` is the city.
 */
import type { StatusCode } from "./dossierTypes";

// ---- catalogue ----------------------------------------------------------------------------------------------------

export type Level = "commune" | "branch" | "city";
export type Grade = "A" | "B" | "C" | "D";
export type TimeUnit = "working_day" | "calendar_day" | "working_hour";
export type Place = "reception" | "competent";
export type FlowClock = "none" | "running" | "paused";

export interface Limit {
  n: number;
  unit: TimeUnit;
  cutoff: string | null;
}
export interface NeededPaper {
  code: string;
  name_vi: string;
  name_en: string;
  form: string | null;
  required: boolean;
  held_as: string | null;
  original: boolean;
}
export interface FormChoice {
  code: string;
  name_vi: string;
  name_en: string;
}
export interface FormField {
  code: string;
  name_vi: string;
  name_en: string;
  type: string;
  required: boolean;
  choices: FormChoice[];
}
export interface Exemption {
  field: string;
  values: string[];
  source: string;
}
export interface Fee {
  code: string;
  name_vi: string;
  name_en: string;
  kind: "fee" | "tax";
  channel: string;
  rule: "fixed" | "percent_of_price";
  amount: number;
  percent: number | null;
  exempt: Exemption[];
  source: string;
  grade: Grade;
}
export interface FlowStep {
  code: string;
  name_vi: string;
  name_en: string;
  status: StatusCode;
  role: string;
  place: Place;
  clock: FlowClock;
  reason: string | null;
  days: number | null;
  map: boolean;
}
export interface FlowAction {
  from: string;
  code: string;
  to: string;
  kind: string;
  name_vi: string;
  name_en: string;
  role: string;
  place: Place;
  note: boolean;
  documents: boolean;
  paper: string | null;
  map: "none" | "optional" | "required";
  effect: "none" | "rights" | "block" | "lift";
}
export interface Definition {
  code: string;
  name_vi: string;
  name_en: string;
  kind: "request" | "internal";
  change_type: string | null;
  level: Level;
  limit: Limit;
  source: string;
  grade: Grade;
  result_vi: string;
  result_en: string;
  blocks: string[];
  documents: NeededPaper[];
  fields: FormField[];
  fees: Fee[];
  steps: FlowStep[];
  actions: FlowAction[];
}

/** A procedure in the list of its keeper; `version` null: nothing is in force today. */
export interface CatalogueEntry {
  code: string;
  name_vi: string;
  name_en: string;
  kind: "request" | "internal";
  level: Level;
  limit: Limit;
  version: number | null;
  valid_from: string | null;
  valid_until: string | null;
  next_from: string | null;
  draft: { edited_at: string; edited_by: string | null } | null;
  varied: number;
  running: number;
}
/** A published version and how many dossiers run under it. */
export interface PastVersion {
  version: number;
  valid_from: string;
  valid_until: string | null;
  published_at: string;
  published_by: string | null;
  source: string;
  running: number;
}
export interface ProcedureVersion {
  version: number;
  valid_from: string;
  valid_until: string | null;
  definition: Definition;
}
/** `edited_at` is named as `seen` when it is saved again. */
export interface ProcedureDraft {
  version: number;
  edited_at: string;
  edited_by: string | null;
  definition: Definition;
}
/** `path`: where in the definition, as `steps.3.role`, counted from 0. */
export interface Finding {
  code: string;
  severity: "error" | "warning";
  path: string;
  vi: string;
  en: string;
}
/** `path`: where, by code, as `steps.checking.days`; before null: new, after null: gone. */
export interface Change {
  path: string;
  before: unknown;
  after: unknown;
}
export interface Check {
  publishable: boolean;
  findings: Finding[];
  in_force: number | null;
  changes: Change[];
}
/** What a unit does otherwise; a list replaces the whole list. */
export interface UnitChanges {
  limit?: Limit | null;
  documents?: NeededPaper[] | null;
  fees?: Fee[] | null;
  level?: Level | null;
}
export interface Variation {
  unit: string;
  valid_from: string;
  valid_until: string | null;
  changes: UnitChanges;
  legal_document: string;
}
export interface NewVariation {
  procedure: string;
  unit: string;
  from: string;
  until: string | null;
  changes: UnitChanges;
  legal_document: string;
}
export interface Agency {
  unit: string;
  code: string;
}

// ---- calendar -----------------------------------------------------------------------------------------------------

export type DayKind = "holiday" | "compensation" | "swap_off" | "swap_on";

export interface OfficeHours {
  valid_from: string;
  opens: string;
  lunch_from: string;
  lunch_until: string;
  closes: string;
  cut_off: string | null;
  source: string;
  grade: Grade;
}
export interface NewCalendarDay {
  kind: DayKind;
  name_vi: string;
  name_en: string;
  source: string;
  grade: Grade;
  provisional: boolean;
}
export interface CalendarDay extends NewCalendarDay {
  day: string;
  working: boolean;
}
export interface WorkingCalendar {
  year: number;
  working_days: number;
  hours: OfficeHours[];
  days: CalendarDay[];
}
export interface Moved {
  total: number;
  earlier: number;
  later: number;
}
export interface CalendarChange {
  preview: boolean;
  moved: Moved;
}
export interface Outage {
  id: number;
  from: string;
  until: string;
  procedures: string[] | null;
  announced_at: string | null;
  notice_days: number | null;
  withdrawn_at: string | null;
  note: string;
}
export interface NewOutage {
  from: string;
  until: string;
  procedures: string[] | null;
  note: string;
  announced: boolean;
}
export interface OutageChange {
  until?: string;
  announced?: true;
  withdrawn?: true;
}
export interface Thresholds {
  amber_days: number;
  amber_share: number;
  answer_amber_hours: number;
  answer_red_hours: number;
}

// ---- partners -----------------------------------------------------------------------------------------------------

export const PARTNERS = ["tax", "payment", "portal", "notification"] as const;
export type PartnerCode = (typeof PARTNERS)[number];
export const MESSAGE_STATES = ["waiting", "sent", "done", "dead", "dropped"] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];
export type Direction = "out" | "in";

/** A sentence of the service; `detail`: what the partner or the database said. */
export interface Said {
  slug: string;
  text_vi: string;
  text_en: string;
  detail: string;
}
export interface PartnerHealth {
  code: PartnerCode;
  name_vi: string;
  name_en: string;
  configured: boolean;
  why: Said | null;
  waiting: number;
  oldest: string | null;
  sent_last_hour: number;
  dead: number;
  breaker: {
    state: "closed" | "open" | "trying";
    until: string | null;
    failures: number;
    last_ok_at: string | null;
    last_failed_at: string | null;
    last_error: Said | null;
  };
  inbox_waiting: number;
  inbox_dead: number;
  inbox_last: string | null;
  turned_away: Record<string, number>;
}
export interface PartnerMessage {
  id: string;
  direction: Direction;
  partner: PartnerCode;
  message: string;
  kind: string | null;
  dossier: string | null;
  state: MessageState;
  tries: number;
  made_at: string;
  next_at: string | null;
  done_at: string | null;
  error: Said | null;
  body: Record<string, unknown>;
  answer: Record<string, unknown> | null;
}
export interface MessagePage {
  items: PartnerMessage[];
  before: number | null;
}
export interface MessageFilter {
  direction: Direction;
  partner: PartnerCode | "";
  state: MessageState | "";
}
export interface Difference {
  partner: PartnerCode;
  direction: Direction;
  message: string;
  kind: string | null;
  dossier: string | null;
  at: string;
  why: Said;
}
export interface Compared {
  partner: PartnerCode;
  reachable: boolean;
  complete: boolean;
  trouble: string | null;
  sent: number;
  they_got: number;
  heard: number;
  they_sent: number;
}
export interface Unanswered {
  id: string;
  partner: PartnerCode;
  kind: string;
  message: string;
  dossier: string;
  sent_at: string;
  working_days: number;
  late: boolean;
  why: Said | null;
}
export interface Reconciliation {
  day: string;
  partners: Compared[];
  differences: Difference[];
  unanswered: Unanswered[];
  attention: PartnerMessage[];
}
