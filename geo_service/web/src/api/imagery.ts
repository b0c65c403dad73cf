/** Scenes, what they can be looked at as, and detection runs over the wire. */
import type { Geometry } from "geojson";
import { http, ProblemError, UNREACHABLE } from "./client";
import type { Bounds, Problem } from "./types";

/** Something that whoever looks at a scene must know. */
export interface SceneNote {
  code: string;
  vi: string;
  en: string;
}

export interface Scene {
  id: string;
  code: string;
  title: string;
  sensor: string;
  datetime: string;
  /** m on the ground */
  gsd: number;
  bounds: Bounds;
  footprint: Geometry;
  licence: string;
  source: string;
  simulated: boolean;
  public: boolean;
  /** it does not touch the city */
  elsewhere: boolean;
  /** % of what was observed; null: nobody knows */
  cloud_cover: number | null;
  notes: SceneNote[];
}

export interface LegendStop {
  value: number;
  colour: string;
  name_vi: string;
  name_en: string;
}
export interface Look {
  name: string;
  kind: "visual" | "composite" | "index" | "mask";
  bands: string[];
  legend: LegendStop[];
}
export interface Looks {
  scene: string;
  bounds: Bounds;
  min_zoom: number;
  max_zoom: number;
  bands: string[];
  looks: Look[];
  /** template of tile addresses that ends with where the look's name goes */
  tiles: string;
}

export type UploadState = "queued" | "converting" | "done" | "refused" | "failed";
export interface Upload {
  id: string;
  name: string;
  state: UploadState;
  step: string;
  progress: number;
  message_vi: string;
  message_en: string;
  scene_id: string | null;
}
/** What is said with a file, as far as the file does not say it itself; days are those of Hanoi. */
export interface Said {
  title: string;
  datetime: string;
  sensor: string;
  licence: string;
  /** common names in the file's order, with commas */
  bands: string;
  public: boolean;
  elsewhere: boolean;
}

export type RunState = "queued" | "running" | "done" | "refused" | "failed" | "cancelled";
export interface RunScene {
  id: string;
  code: string;
  title: string;
  datetime: string;
  removed: boolean;
}
export interface RunBrief {
  id: string;
  before: RunScene;
  after: RunScene;
  later: RunScene[];
  unit: string | null;
  method: "unsupervised" | "learned";
  model: string | null;
  state: RunState;
  step: string;
  /** 0 to 1 */
  progress: number;
  message_vi: string;
  message_en: string;
  mine: boolean;
  may_cancel: boolean;
  queued_at: string;
  finished_at: string | null;
  simulated: boolean;
  /** those the reader may see */
  findings: number;
}
/** How many parcels a run says what of. */
export interface ParcelStates {
  changed: number;
  unchanged: number;
  not_observed: number;
  below_resolution: number;
}
export interface Run extends RunBrief {
  parcels: ParcelStates | null;
}
export interface NewRun {
  before: string;
  after: string;
  later: string[];
  unit: string | null;
  method: "unsupervised" | "learned";
}

/** How a forecast did in a period it had not seen; `persistence_*`: the guess that building goes on where it was, `base_*`: no idea at all. */
export interface ForecastFigures {
  average_precision: number;
  persistence_average_precision: number;
  /** of the k most likely parcels, the share that was built on */
  precision_at_k: number;
  persistence_precision_at_k: number;
  k: number;
  base_rate: number;
  brier: number;
  base_brier: number;
}
/** Learned from one period, judged on a later one; speaks of the time from `judged_to` to `until`. */
export interface Forecast {
  id: string;
  learned_from: string;
  learned_to: string;
  judged_from: string;
  judged_to: string;
  until: string;
  /** than the plain guess; only such a one is on the map */
  better: boolean;
  /** slug, where nothing could be learned or judged */
  problem: string | null;
  simulated: boolean;
  figures: ForecastFigures | null;
}

interface Items<T> {
  items: T[];
}

export const imageryApi = {
  scenes: () => http.get<Items<Scene>>("/api/scenes", { limit: 500 }),
  looks: (scene: string) => http.get<Looks>(`/api/scenes/${scene}/looks`),
  remove: (scene: string) => http.delete(`/api/scenes/${scene}`),
  upload: (id: string) => http.get<Upload>(`/api/scene-uploads/${id}`),
  start: (run: NewRun) => http.post<Run>("/api/runs", run),
  runs: () => http.get<Items<RunBrief>>("/api/runs"),
  run: (id: string) => http.get<Run>(`/api/runs/${id}`),
  forecasts: () => http.get<Items<Forecast>>("/api/forecasts"),
  cancel: (id: string) => http.post<Run>(`/api/runs/${id}/cancel`),
};

/** Sends a picture and says how far it has come, which `fetch` cannot. `signal` breaks it off. */
export function sendScene(
  file: File,
  said: Said,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<Upload> {
  const search = new URLSearchParams({ name: file.name });
  for (const [name, value] of Object.entries(said)) {
    if (value !== "" && value !== false) search.set(name, String(value));
  }
  if (!said.public) search.set("public", "false");
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/scenes?${search}`);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-Requested-With", "geo-service");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () => {
      const body = request.response as unknown;
      if (request.status >= 200 && request.status < 300) resolve(body as Upload);
      else reject(new ProblemError(problemOf(request.status, body)));
    };
    request.onerror = () => reject(new ProblemError(UNREACHABLE));
    request.onabort = () => reject(new DOMException("broken off", "AbortError"));
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

function problemOf(status: number, body: unknown): Problem {
  const fallback: Problem = { type: "about:blank", title: String(status), status };
  return body && typeof body === "object" ? { ...fallback, ...(body as Problem), status } : fallback;
}
