/**
 * What goes over the wire about dossiers, papers and money. Written by hand like `schema.ts`.
 * Moments are ISO 8601 with a zone, amounts whole đồng, a unit of `*` is the whole city.
 */
import type { FeatureCollection, Polygon } from "geojson";
import type { KeptFinding } from "./findings";
import type { FormField, Limit, Named } from "./procedureTypes";
import type { NewRegistration, Vertex } from "./types";

export type * from "./procedureTypes";

export type Tone = "green" | "amber" | "red";
export type StatusCode = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;
/** counter, online, post */
export type Channel = 1 | 2 | 3;

export interface DossierStep extends Named {
  /** who has it: a role, or citizen, partner, nobody */
  role: string;
  role_vi: string;
  role_en: string;
  place: "reception" | "competent";
  clock: "none" | "running" | "paused";
  /** why its clock stands still */
  reason: Named | null;
  /** something is drawn here */
  map: boolean;
}

/** A dossier in a list. */
export interface DossierBrief {
  id: string;
  code: string;
  procedure: Named;
  status: { code: StatusCode; name_vi: string; name_en: string };
  step: DossierStep;
  received_unit: { code: string; name: string };
  competent_unit: { code: string; name: string };
  channel: Channel;
  assignee: { id: number; name: string } | null;
  filed_at: string;
  received_at: string | null;
  due_at: string | null;
  tone: Tone | null;
  step_since: string;
  finished_at: string | null;
  revision: number;
  simulated: boolean;
  /** office minutes since it was filed, while nobody has answered */
  waited_minutes?: number | null;
}

export interface DossierPage {
  items: DossierBrief[];
  total: number;
}

export interface DossierParcel {
  id: number;
  code: string | null;
  label: string;
  unit: string;
  land_use: string | null;
  area_m2: number;
  role: "subject" | "result";
  /** the state of the map in which it was bound */
  at_seq: number;
  current: boolean;
}

export interface DossierEvent {
  id: number;
  at: string;
  /** of the action, or: open, assign, attach, remove, comment, calendar, message, issue */
  kind: string;
  actor: string | null;
  action: Named | null;
  from_step: Named | null;
  to_step: Named | null;
  from_status: StatusCode | null;
  to_status: StatusCode | null;
  note: string | null;
  detail: Record<string, unknown>;
  seq: number;
  /** seq of the change of the map it made */
  map_seq: number | null;
}

export interface ClockInterval {
  started_at: string;
  ended_at: string | null;
  counts: boolean;
  reason: Named | null;
}

/** Something the reader may do now. */
export interface DossierAction extends Named {
  kind: string;
  /** a reason in words is needed */
  note: boolean;
  documents: boolean;
  /** whether it commits the drawing */
  map: "none" | "optional" | "required";
  effect: "none" | "rights" | "block" | "lift";
  to_status: StatusCode;
}

export interface Remark {
  id: number;
  text: string;
  parcel: number | null;
  /** a side of a parcel: x1, y1, x2, y2 in mm */
  segment: [number, number, number, number] | null;
  /** the same in lon/lat, to look at */
  line: [lon: number, lat: number][] | null;
  author: string;
  at: string;
  resolved_at: string | null;
}

export interface Payment {
  id: string;
  kind: "fee" | "tax";
  code: string;
  name_vi: string;
  name_en: string;
  amount: number;
  status: "due" | "pending" | "paid" | "cancelled";
  due_on: string | null;
  paid_at: string | null;
}

export interface BoundDraft {
  id: string;
  status: "open" | "submitted" | "committed" | "discarded";
  owner: string;
  mine: boolean;
  returned_note: string | null;
  committed_seq: number | null;
}

export interface StandingBlock {
  id: number;
  parcel: number;
  kind: string;
  from: string | null;
  /** whether it stops this procedure */
  stops: boolean;
  /** for officers */
  reason?: string;
  source?: string;
}

export interface DossierApplicant {
  name: string | null;
  /** masked except for the applicant */
  identity_number: string | null;
  phone: string | null;
  address: string | null;
  mine: boolean;
}

export type FormValues = Record<string, string | number | null>;

export interface Dossier extends DossierBrief {
  applicant: DossierApplicant;
  form: FormValues;
  fields: FormField[];
  terms: { limit?: Limit | null };
  parcels: DossierParcel[];
  events: DossierEvent[];
  clock: ClockInterval[];
  actions: DossierAction[];
  remarks: Remark[];
  payments: Payment[];
  draft: BoundDraft | null;
  blocks: StandingBlock[];
  promised_at: string | null;
  /** what it was opened about, where imagery saw something */
  finding: KeptFinding | null;
  clock_start: string | null;
  /** the secret of the receipt, for the applicant and the counter */
  token: string | null;
}

export interface ActInput {
  revision: number;
  note?: string;
  promised_at?: string;
  digest?: string;
  registration?: NewRegistration;
  /** the register stays as it is, for the reason in the note */
  register_stays?: boolean;
  block?: { kind: string; reason: string; source: string };
  lift?: [number, { reason: string; source: string }];
}

export interface Acted {
  dossier: Dossier;
  /** what the step wrote to the map */
  written: {
    seq: number;
    parcels: { id: number; code: string | null; label: string; area_m2: number; new: boolean }[];
  } | null;
}

export interface Colleague {
  id: number;
  name: string;
  /** how many dossiers the person has taken */
  open: number;
}

export type DeskTab = "todo" | "mine" | "unit" | "waiting" | "done";

export interface DeskCounts {
  todo: number;
  mine: number;
  unit: number;
  waiting: number;
  late: number;
  due_soon: number;
}

export interface DeskFilter {
  q: string;
  procedure: string;
  status: string;
  unit: string;
  tone: Tone | "";
}

export interface NewDossier {
  /** made by the browser, so that asking twice opens one dossier */
  id?: string;
  procedure: string;
  parcels: string[];
  form: FormValues;
  received_unit?: string;
  channel: Channel;
  applicant?: { name: string; identity_number?: string; phone?: string; address?: string };
}

export interface DossierFace {
  id: number;
  label: string | null;
  kind: string;
  role: "subject" | "result";
  area_m2: number;
  land_use: string | null;
  rings: Vertex[][];
}

/** Its parcels as they were bound, and what lies there today. */
export interface DossierMap {
  then: FeatureCollection<Polygon, DossierFace>;
  now: FeatureCollection<Polygon, DossierFace>;
  at_seq: number;
  seq: number;
}

// ---- papers ----------------------------------------------------------------------------------

/** original, copy, electronic */
export type PaperKind = 0 | 1 | 2;

export interface Paper {
  id: number;
  type: string;
  /** number of the form of an issued paper */
  form: string | null;
  version: number;
  /** false: a later version has replaced it */
  current: boolean;
  name: string;
  media_type: string;
  bytes: number;
  pages: number | null;
  sha256: string;
  kind: PaperKind;
  origin: "upload" | "held" | "issued";
  added_at: string;
}

export interface WantedPaper extends Named {
  form: string | null;
  required: boolean;
  original: boolean;
  held_as: "certificate" | "identity" | "extract" | null;
  files: number;
  state: "attached" | "held" | "reusable" | "missing";
  /** a paper of an earlier dossier that can be taken over */
  earlier: { document: number; dossier: string; added_at: string } | null;
}

export interface Papers {
  items: Paper[];
  checklist: WantedPaper[];
  may_attach: boolean;
  limit_bytes: number;
}

/** A form of the dossier, or the extract of one of its parcels, as a PDF at `url`. */
export interface PrintablePaper {
  form: "01" | "02" | "03" | "04" | "05" | "06" | "07" | "extract";
  name_vi: string;
  name_en: string;
  at: string | null;
  parcel: number | null;
  url: string;
}

// ---- desks ------------------------------------------------------------------------------------

/** How long (office hours) an online dossier may wait for its first answer. */
export interface AnswerThresholds {
  answer_amber_hours: number;
  answer_red_hours: number;
}

// ---- rules of the map ---------------------------------------------------------------------------

/** What a rule of the map says about a drawing. */
export interface RuleVerdict {
  rule: string;
  verdict: "pass" | "fail" | "not_testable";
  severity: string;
  parcel: number | null;
  measured: number | null;
  threshold: number | null;
  unit: string | null;
  text_vi: string;
  text_en: string;
  /** the law it rests on */
  source: string;
  /** where, in lon/lat */
  segments: FeatureCollection | null;
}
