/** One function for each resource of the service that the browser uses. */
import { http } from "./client";
import type {
  BriefParcel,
  ChangeEvent,
  CommitResult,
  Draft,
  Editing,
  HistoryItem,
  Intent,
  LandUse,
  Lineage,
  MapInfo,
  Parcel,
  Preview,
  SearchResult,
  Session,
  TimelineMark,
  Unit,
} from "./types";

interface Items<T> {
  items: T[];
}
type Key = string | number;

const parcelPath = (key: Key) => `/api/parcels/${encodeURIComponent(key)}`;
const draftPath = (id: Draft["id"]) => `/api/drafts/${encodeURIComponent(id)}`;

export const api = {
  map: () => http.get<MapInfo>("/api/map"),
  units: () => http.get<Items<Unit>>("/api/units"),
  landUse: () => http.get<Items<LandUse>>("/api/land-use"),
  timeline: () => http.get<Items<TimelineMark>>("/api/timeline"),
  search: (q: string, signal?: AbortSignal) =>
    http.get<SearchResult>("/api/search", { q, limit: 10 }, signal),

  parcel: (key: Key, at: number | null) => http.get<Parcel>(parcelPath(key), { at }),
  history: (key: Key) => http.get<Items<HistoryItem>>(`${parcelPath(key)}/history`),
  lineage: (key: Key) => http.get<Lineage>(`${parcelPath(key)}/lineage`),
  everHere: (lon: number, lat: number) => http.get<Items<BriefParcel>>("/api/parcels", { lon, lat }),
  changes: (after: number, limit: number) =>
    http.get<{ items: ChangeEvent[]; head_seq: number }>("/api/changes", { after, limit }),

  session: () => http.get<Session>("/api/session"),
  signIn: (login: string, password: string, code?: string) =>
    http.post<Session>("/api/session", { login, password, ...(code ? { code } : {}) }),
  signOut: () => http.delete("/api/session"),

  editing: (ids: number[], margin: number) =>
    http.get<Editing>("/api/editing", { ids: ids.join(","), margin_m: margin }),
  drafts: () => http.get<Items<Draft>>("/api/drafts"),
  submittedDrafts: () => http.get<Items<Draft>>("/api/drafts", { status: "submitted" }),
  createDraft: (intents: Intent[]) => http.post<Draft>("/api/drafts", { intents }),
  saveDraft: (id: Draft["id"], intents: Intent[]) => http.put<Draft>(draftPath(id), { intents }),
  discardDraft: (id: Draft["id"]) => http.delete(draftPath(id)),
  /** `rebase`: the person has seen what changed meanwhile and wants the intents replayed on the new state */
  preview: (id: Draft["id"], rebase: boolean) => http.post<Preview>(`${draftPath(id)}/preview`, { rebase }),
  commit: (id: Draft["id"], reason: string, digest: string) =>
    http.post<CommitResult>(`${draftPath(id)}/commit`, { ...(reason ? { reason } : {}), digest }),
  /** hands the draft to somebody else to approve */
  submit: (id: Draft["id"], reason: string) => http.post<Draft>(`${draftPath(id)}/submit`, { reason }),
  /** back to who proposes; they take it back themselves the same way */
  returnDraft: (id: Draft["id"], note: string) => http.post<undefined>(`${draftPath(id)}/return`, { note }),
};
