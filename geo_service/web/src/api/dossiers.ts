/** One function for each resource about dossiers: desks, one dossier, its papers and payments, procedures. */
import { http } from "./client";
import type {
  ActInput,
  Acted,
  AnswerThresholds,
  Colleague,
  DeskCounts,
  DeskFilter,
  DeskTab,
  Dossier,
  DossierBrief,
  DossierMap,
  DossierPage,
  NewDossier,
  Paper,
  PaperKind,
  Papers,
  Payment,
  PrintablePaper,
  Procedure,
  ProcedureSummary,
} from "./dossierTypes";
import { filled } from "./people";
import type { Draft, Party, PersonalField } from "./types";

interface Items<T> {
  items: T[];
}

const path = (id: string) => `/api/dossiers/${encodeURIComponent(id)}`;

export const dossiers = {
  desk: (tab: DeskTab, filter: DeskFilter, offset: number) =>
    http.get<DossierPage>("/api/desk", filled({ tab, ...filter, offset: offset || null })),
  counts: () => http.get<DeskCounts>("/api/desk/counts"),
  thresholds: () => http.get<AnswerThresholds>("/api/calendar/thresholds"),

  open: (dossier: NewDossier) => http.post<Dossier>("/api/dossiers", dossier),
  one: (id: string) => http.get<Dossier>(path(id)),
  map: (id: string) => http.get<DossierMap>(`${path(id)}/map`),
  act: (id: string, action: string, input: ActInput) =>
    http.post<Acted>(`${path(id)}/actions/${encodeURIComponent(action)}`, input),
  colleagues: (id: string) => http.get<Items<Colleague>>(`${path(id)}/colleagues`),
  /** null lays the dossier back to everybody with the desk */
  assign: (id: string, account: number | null, revision: number, note: string) =>
    http.post<Dossier>(`${path(id)}/assign`, { account, revision, ...(note ? { note } : {}) }),
  /** the drawing to work on; made when there is none */
  draft: (id: string) => http.post<Draft>(`${path(id)}/draft`),
  remark: (id: string, text: string, parcel: number | null, segment: readonly number[] | null) =>
    http.post<{ id: number }>(`${path(id)}/remarks`, { text, parcel, segment }),
  resolveRemark: (id: number) => http.post<undefined>(`/api/remarks/${id}/resolve`),
  reveal: (id: string, field: PersonalField, purpose: string, note: string) =>
    http.post<{ value: string }>(`${path(id)}/applicant/reveal`, { field, purpose, note }),
  ofParcel: (parcel: string | number) =>
    http.get<Items<DossierBrief>>(`/api/parcels/${encodeURIComponent(parcel)}/dossiers`),

  payments: (id: string) => http.get<{ items: Payment[]; open_total: number }>(`${path(id)}/payments`),
  paidAtCounter: (id: string, payment: string, receipt: string) =>
    http.post<Payment>(`${path(id)}/payments/${encodeURIComponent(payment)}/counter`, { receipt }),

  findPerson: (identity_number: string, purpose: string) =>
    http.post<Items<Party>>("/api/parties/search", { identity_number, purpose }),
};

export const papers = {
  of: (id: string) => http.get<Papers>(`${path(id)}/documents`),
  attach: (id: string, type: string, file: File, kind: PaperKind) =>
    http.upload<Paper>(`${path(id)}/documents`, { type, name: file.name, kind }, file),
  reuse: (id: string, document: number) => http.post<Paper>(`${path(id)}/documents/reuse`, { document }),
  remove: (document: number) => http.delete(`/api/documents/${document}`),
  /** addresses for the browser itself: a file to save, a picture of a page, a form to print */
  fileAddress: (document: number) => `/api/documents/${document}`,
  pageAddress: (document: number, page: number, width: number) =>
    `/api/documents/${document}/preview?page=${page}&width=${width}`,
  formAddress: (id: string, form: string) => `${path(id)}/papers/${form}.pdf`,
  printable: (id: string) => http.get<Items<PrintablePaper>>(`${path(id)}/papers`),
};

export const procedures = {
  all: () => http.get<Items<ProcedureSummary>>("/api/procedures", { limit: 200 }),
  one: (code: string, unit: string | null) =>
    http.get<Procedure>(`/api/procedures/${encodeURIComponent(code)}`, { unit }),
};
