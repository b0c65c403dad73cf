/** One function for each thing an administrator of dossiers asks of the service: procedures, calendar, partners. */
import type {
  Agency,
  CalendarChange,
  CatalogueEntry,
  Check,
  Definition,
  MessageFilter,
  MessagePage,
  NewCalendarDay,
  NewOutage,
  NewVariation,
  OfficeHours,
  Outage,
  OutageChange,
  PartnerHealth,
  PastVersion,
  ProcedureDraft,
  ProcedureVersion,
  Reconciliation,
  Thresholds,
  Variation,
  WorkingCalendar,
} from "./administrationTypes";
import { http } from "./client";
import { filled } from "./people";

interface Items<T> {
  items: T[];
}
type Moves = CalendarChange & { outage?: Outage | null };

const procedurePath = (code: string) => `/api/procedures/${encodeURIComponent(code)}`;
const draftPath = (code: string) => `${procedurePath(code)}/draft`;

export const catalogue = {
  all: () => http.get<Items<CatalogueEntry>>("/api/catalogue"),
  history: (code: string) => http.get<Items<PastVersion>>(`/api/catalogue/${encodeURIComponent(code)}`),
  version: (code: string, at?: string) => http.get<ProcedureVersion>(procedurePath(code), { at }),
  draft: (code: string) => http.get<ProcedureDraft>(draftPath(code)),
  save: (definition: Definition, seen: string | null) =>
    http.put<ProcedureDraft>(draftPath(definition.code), { definition, seen }),
  discard: (code: string) => http.delete(draftPath(code)),
  check: (code: string) => http.post<Check>(`${draftPath(code)}/check`),
  publish: (code: string, from: string) =>
    http.post<ProcedureVersion>(`${draftPath(code)}/publish`, { from }),
  end: (code: string, from: string) => http.post<undefined>(`${procedurePath(code)}/end`, { from }),
  variations: (code: string) => http.get<Items<Variation>>(`${procedurePath(code)}/variations`),
  vary: (items: NewVariation[]) => http.post<{ rows: number }>("/api/variations", { items }),
  endVariation: (code: string, unit: string, from: string) =>
    http.delete(`${procedurePath(code)}/variations/${encodeURIComponent(unit)}?from=${from}`),
  agencies: () => http.get<Items<Agency>>("/api/agencies"),
  putAgencies: (items: Agency[]) => http.put<Items<Agency>>("/api/agencies", { items }),
};

/** With `preview`, nothing changes and the answer says what would. */
const asked = (path: string, preview: boolean) => (preview ? `${path}?preview=true` : path);

export const calendar = {
  year: (year: number) => http.get<WorkingCalendar>("/api/calendar", { year }),
  putDay: (day: string, said: NewCalendarDay, preview: boolean) =>
    http.put<CalendarChange>(asked(`/api/calendar/days/${day}`, preview), said),
  dropDay: (day: string, preview: boolean) =>
    http.delete<CalendarChange>(asked(`/api/calendar/days/${day}`, preview)),
  putHours: (hours: OfficeHours, preview: boolean) =>
    http.put<CalendarChange>(asked("/api/calendar/hours", preview), hours),
  thresholds: () => http.get<Thresholds>("/api/calendar/thresholds"),
  putThresholds: (thresholds: Thresholds) => http.put<Thresholds>("/api/calendar/thresholds", thresholds),
  outages: () => http.get<Items<Outage>>("/api/calendar/outages"),
  addOutage: (outage: NewOutage, preview: boolean) =>
    http.post<Moves>(asked("/api/calendar/outages", preview), outage),
  changeOutage: (id: number, change: OutageChange, preview: boolean) =>
    http.patch<Moves>(asked(`/api/calendar/outages/${id}`, preview), change),
};

export const partners = {
  health: () => http.get<Items<PartnerHealth>>("/api/partners"),
  messages: (filter: MessageFilter, before: number | null) =>
    http.get<MessagePage>("/api/partners/messages", { ...filled({ ...filter }), before, limit: 50 }),
  retry: (id: string) => http.post<undefined>(`/api/partners/messages/${id}/retry`),
  drop: (id: string, note: string) => http.post<undefined>(`/api/partners/messages/${id}/drop`, { note }),
  reconcile: (day: string) => http.get<Reconciliation>("/api/partners/reconciliation", { day }),
};
