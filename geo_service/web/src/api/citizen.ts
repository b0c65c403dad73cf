/** What the citizen's pages ask for beside what the desks do: one's own dossiers, filing, paying, following by code. */
import { http, ProblemError, UNREACHABLE } from "./client";
import type {
  Definition,
  Dossier,
  DossierPage,
  Fee,
  Limit,
  Named,
  NewDossier,
  Paper,
  Papers,
  Payment,
  StatusCode,
  Tone,
  WantedPaper,
} from "./dossierTypes";
import type { Problem } from "./types";

/** Fees with what the citizen is told of them besides the amount. */
export type FeeRule = Fee & {
  exempt: { field: string; values: string[]; source: string }[];
  source: string;
};
export type ProcedureDefinition = Definition & { fees: FeeRule[] };
interface ProcedureInForce {
  definition: ProcedureDefinition;
  /** what holds in the unit that was asked about */
  terms: Pick<ProcedureDefinition, "limit" | "documents" | "fees"> | null;
}

/** A form or an extract that can be printed now. */
export interface Printable {
  form: string;
  name_vi: string;
  name_en: string;
  at: string | null;
  /** of an extract: the parcel it is of */
  parcel: number | null;
  url: string;
}

export interface WorkingCalendar {
  year: number;
  hours: { valid_from: string; closes: string }[];
  days: { day: string; working: boolean }[];
}

/** What everybody who has the code is told; with the token of the receipt also what stands from `note` on. */
export interface Tracked {
  id: string;
  code: string;
  procedure_vi: string;
  procedure_en: string;
  status: StatusCode;
  status_vi: string;
  status_en: string;
  step_vi: string;
  step_en: string;
  /** a role, or citizen, partner, nobody */
  holder: string;
  holder_vi: string | null;
  holder_en: string | null;
  holder_unit_name: string | null;
  received_unit_name: string | null;
  waits_for: string | null;
  waits_vi: string | null;
  waits_en: string | null;
  filed_at: string;
  received_at: string | null;
  due_at: string | null;
  promised_at: string | null;
  step_since: string;
  finished_at: string | null;
  tone: Tone | null;
  limit: Limit | null;
  history: TrackedEvent[];
  note?: string | null;
  parcels?: TrackedParcel[];
  papers?: (Named & { required: boolean; state: WantedPaper["state"] })[];
  payments?: Pick<Payment, "id" | "kind" | "name_vi" | "name_en" | "amount" | "status" | "due_on">[];
}
export interface TrackedEvent {
  at: string;
  kind: string;
  step_vi: string | null;
  step_en: string | null;
  status: StatusCode | null;
  action_vi: string | null;
  action_en: string | null;
}
export interface TrackedParcel {
  id: number;
  role: "subject" | "result";
  code: string | null;
  sheet: string | null;
  number: string | null;
  area_m2: number;
  current: boolean;
}

const path = (dossier: string) => `/api/dossiers/${encodeURIComponent(dossier)}`;

export const citizen = {
  procedure: (code: string, unit: string | null) =>
    http.get<ProcedureInForce>(`/api/procedures/${encodeURIComponent(code)}`, { unit }),
  dossiers: () => http.get<DossierPage>("/api/me/dossiers"),
  /** what filing this would ask for; nothing is filed */
  outlook: (dossier: NewDossier) => http.post<Papers>("/api/outlook", dossier),
  file: (dossier: NewDossier) => http.post<Dossier>("/api/dossiers", dossier),
  pay: (dossier: string, payment: string) =>
    http.post<{ address: string }>(`${path(dossier)}/payments/${encodeURIComponent(payment)}/pay`),
  printable: (dossier: string) => http.get<{ items: Printable[] }>(`${path(dossier)}/papers`),
  track: (code: string, t: string | null) => http.get<Tracked>("/api/track", { code, t }),
  calendar: (year: number) => http.get<WorkingCalendar>("/api/calendar", { year }),
};

/** Hands in a paper and says how far it has come, which `fetch` cannot. */
export function handIn(
  dossier: string,
  type: string,
  file: File,
  onProgress: (share: number) => void,
): Promise<Paper> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${path(dossier)}/documents?${new URLSearchParams({ type, name: file.name })}`);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-Requested-With", "geo-service");
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () => {
      const body = request.response as unknown;
      if (request.status === 201) resolve(body as Paper);
      else reject(new ProblemError(problemOf(request.status, body)));
    };
    request.onerror = () => reject(new ProblemError(UNREACHABLE));
    request.send(file);
  });
}

function problemOf(status: number, body: unknown): Problem {
  const fallback: Problem = { type: "about:blank", title: String(status), status };
  return body && typeof body === "object" ? { ...fallback, ...(body as Problem), status } : fallback;
}
