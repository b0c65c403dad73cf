/** Findings over the wire. Areas in m², probabilities and shares from 0 to 1. */
import type { Polygon, MultiPolygon } from "geojson";
import { http } from "./client";
import type { Bounds } from "./types";

export const STATES = ["open", "confirmed", "permitted", "false", "not_visible", "superseded"] as const;
export type FindingState = (typeof STATES)[number];
export const VERDICTS = ["confirmed", "permitted", "false", "not_visible"] as const;
export type VerdictWord = (typeof VERDICTS)[number];
export const SORTS = ["rank", "probability", "area", "newest"] as const;
export type FindingSort = (typeof SORTS)[number];
export type Persistence = "one_pair" | "confirmed_later" | "contradicted_later" | "series_break";
export type IndexName = "ndvi" | "ndbi" | "ndwi" | "bsi";

export interface FindingParcel {
  id: number;
  code: string | null;
  label: string;
  area_m2: number;
  /** whether it is on today's map */
  current: boolean;
}

export interface FindingBrief {
  id: string;
  /** place in the ranking of its run */
  number: number;
  run_id: string;
  /** null: outside every parcel */
  parcel: FindingParcel | null;
  unit: string | null;
  unit_name: string | null;
  land_use: string | null;
  transition: string;
  persistence: Persistence;
  area_m2: number;
  probability: number;
  max_probability: number;
  rank_score: number;
  state: FindingState;
  /** of the row; who judges says which one was seen */
  revision: number;
  made_at: string;
  dossier_id: string | null;
  before_at: string;
  after_at: string;
  model: string;
  simulated: boolean;
  bounds: Bounds;
}

export interface Sentence {
  vi: string;
  en: string;
}

/** An observation of the series; null where nothing was seen. */
export type SeriesPoint = { date: string; observed: boolean } & Record<IndexName, number | null>;

export interface Verdict {
  id: number;
  verdict: VerdictWord | "withdrawn";
  note: string;
  photo: string | null;
  at: string;
  account: string | null;
  mine: boolean;
  standing: boolean | null;
}

export interface Observation {
  run_id: string;
  before_at: string;
  after_at: string;
  model: string;
  state: "changed" | "unchanged" | "not_observed" | "below_resolution";
  probability: number | null;
  changed_m2: number | null;
  observed_share: number | null;
}

export interface RelatedDossier {
  id: string;
  code: string;
  procedure_vi: string;
  procedure_en: string;
  status_vi: string;
  status_en: string;
  filed_at: string;
  finished_at: string | null;
}

/** Rings as shares of a square from its upper left corner. */
export type Outline = [x: number, y: number][][];

export interface Finding extends FindingBrief {
  recorded_at: string;
  before_id: string;
  after_id: string;
  before_title: string;
  after_title: string;
  sensor: string;
  gsd_m: number;
  geometry: Polygon | MultiPolygon;
  indices: Partial<Record<"before" | "after", Partial<Record<IndexName, number | null>>>>;
  series: SeriesPoint[];
  evidence: Sentence[];
  permitted_at: string | null;
  permitted_by: RelatedDossier | null;
  inspection: RelatedDossier | null;
  verdicts: Verdict[];
  observed: Observation[];
  others: FindingBrief[];
  blocks: { id: number; kind: string; reason: string }[];
  chip: { finding: Outline; parcel: Outline; side_m: number };
  may_judge: boolean;
  may_inspect: boolean;
}

/** What a dossier keeps of the finding it was opened about. */
export interface KeptFinding {
  id: string;
  number: number;
  transition: string;
  persistence: Persistence;
  land_use: string | null;
  area_m2: number;
  probability: number;
  before_at: string;
  after_at: string;
  before_title: string;
  after_title: string;
  sensor: string;
  gsd_m: number;
  model: string;
  simulated: boolean;
  evidence: Sentence[];
  lon: number;
  lat: number;
}

/** "": not narrowed */
export interface FindingFilter {
  unit: string;
  land_use: string;
  transition: string;
  min_area: string;
  min_probability: string;
  state: FindingState | "";
  run: string;
}

export interface FindingRun {
  id: string;
  at: string;
  before_at: string;
  after_at: string;
  before_title: string;
  after_title: string;
  model: string;
  simulated: boolean;
}

export type Facet = "state" | "transition" | "unit" | "land_use" | "run";
export type FindingCounts = Record<Facet, Record<string, number>> & { runs: FindingRun[] };

export interface ShareOf {
  hits: number;
  n: number;
  value: number | null;
  low: number | null;
  high: number | null;
}

export interface Judged {
  code: string;
  confirmed: number;
  permitted: number;
  false: number;
  not_visible: number;
  /** the land had really changed */
  changed: ShareOf;
  /** it had, without a permission */
  unpermitted: ShareOf;
  /** whether enough verdicts decide */
  enough: boolean;
  simulated: boolean;
}

export const GROUPS = ["total", "model", "unit", "transition"] as const;
export type PrecisionGroup = (typeof GROUPS)[number];
export type Precision = Record<PrecisionGroup, Judged[]> & { least: number };

/** What is asked, as the service reads it. */
export const asked = (filter: FindingFilter): Record<string, string | null> =>
  Object.fromEntries(Object.entries(filter).map(([name, value]: [string, string]) => [name, value || null]));

export const LOOKS = ["natural", "false-colour"] as const;
export type Look = (typeof LOOKS)[number];
export const chipAddress = (id: string, moment: "before" | "after", look: Look) =>
  `/api/findings/${id}/chip/${moment}.png?look=${look}`;
export const photoAddress = (id: string, sha256: string, width: number) =>
  `/api/findings/${id}/photos/${sha256}?width=${width}`;

export const findings = {
  page: (filter: FindingFilter, sort: FindingSort, cursor: string | null) =>
    http.get<{ items: FindingBrief[]; next: string | null }>("/api/findings", {
      ...asked(filter),
      sort,
      cursor,
    }),
  counts: (filter: FindingFilter) => http.get<FindingCounts>("/api/findings/counts", asked(filter)),
  one: (id: string) => http.get<Finding>(`/api/findings/${id}`),
  precision: () => http.get<Precision>("/api/findings/precision"),
  judge: (
    { id, revision }: Pick<Finding, "id" | "revision">,
    verdict: Verdict["verdict"],
    note: string,
    photo: string | null,
  ) => http.post<Finding>(`/api/findings/${id}/verdict`, { verdict, revision, note, photo }),
  photograph: (id: string, file: File) =>
    http.upload<{ sha256: string }>(`/api/findings/${id}/photos`, { name: file.name }, file),
  inspect: (id: string, reason: string) =>
    http.post<{ dossier: string; code: string }>(`/api/findings/${id}/dossier`, { reason: reason || null }),
};
