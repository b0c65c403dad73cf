/** One function for each resource about people: the own account, administration, audit, rights on land. */
import { endOf } from "../format";
import { http, type Query } from "./client";
import type {
  Access,
  AccountRecord,
  Assignment,
  AuditEntry,
  AuditFilter,
  AuditState,
  Block,
  Consent,
  Correction,
  NewAssignment,
  NewBlock,
  NewCorrection,
  NewToken,
  NewUnit,
  OpenSession,
  OwnData,
  Page,
  ParcelRights,
  PersonalField,
  Purpose,
  RoleInfo,
  Token,
  TotpEnrolment,
  Unit,
} from "./types";

interface Items<T> {
  items: T[];
}

const accountPath = (id: number) => `/api/accounts/${id}`;
const LIMIT = 50;

/** Filters left empty are not sent. */
export function filled(query: Record<string, string | number | null>): Query {
  return Object.fromEntries(
    Object.entries(query).filter(([, value]) => value !== null && String(value).trim() !== ""),
  );
}

/** The filter's days of Hanoi as moments; the last day is included. */
export const inMoments = (filter: AuditFilter): AuditFilter => ({
  ...filter,
  from: filter.from && `${filter.from}T00:00:00+07:00`,
  to: filter.to && `${endOf(filter.to)}T00:00:00+07:00`,
});

export const me = {
  beginTotp: () => http.post<TotpEnrolment>("/api/me/totp"),
  confirmTotp: (code: string) => http.post<{ recovery_codes: string[] }>("/api/me/totp/confirm", { code }),
  sessions: () => http.get<Items<OpenSession>>("/api/me/sessions"),
  endSession: (id: number) => http.delete(`/api/me/sessions/${id}`),
  tokens: () => http.get<Items<Token>>("/api/me/tokens"),
  makeToken: (name: string, scopes: string[], days: number) =>
    http.post<NewToken>("/api/me/tokens", { name, scopes, days }),
  revokeToken: (id: number) => http.delete(`/api/me/tokens/${id}`),
  changePassword: (old: string, next: string) => http.post<undefined>("/api/me/password", { old, new: next }),
  person: () => http.get<OwnData>("/api/me/person"),
  accesses: () => http.get<Items<Access>>("/api/me/accesses"),
  consents: () => http.get<Items<Consent>>("/api/me/consents"),
  consent: (purpose: string, given: boolean) =>
    http.put<unknown>(`/api/me/consents/${encodeURIComponent(purpose)}`, { given }),
  corrections: () => http.get<Items<Correction>>("/api/me/corrections"),
  correct: (correction: NewCorrection) => http.post<unknown>("/api/me/corrections", correction),
  /** a plain link: the browser saves the file */
  exportAddress: "/api/me/export",
};

export const administration = {
  roles: () => http.get<Items<RoleInfo>>("/api/roles"),
  accounts: (q: string, after: Page<unknown>["next"]) =>
    http.get<Page<AccountRecord>>("/api/accounts", filled({ q, after, limit: LIMIT })),
  create: (login: string, name: string, password: string) =>
    http.post<AccountRecord>("/api/accounts", { login, name, password }),
  change: (id: number, change: { name?: string; disabled?: boolean }) =>
    http.patch<AccountRecord>(accountPath(id), change),
  assign: (id: number, assignment: NewAssignment) =>
    http.post<Assignment>(`${accountPath(id)}/assignments`, assignment),
  endAssignment: (id: number, assignment: number) =>
    http.delete(`${accountPath(id)}/assignments/${assignment}`),
  resetTotp: (id: number) => http.post<undefined>(`${accountPath(id)}/totp/reset`),
  setPassword: (id: number, password: string) =>
    http.post<undefined>(`${accountPath(id)}/password`, { password }),
  createUnit: (unit: NewUnit) => http.post<Unit>("/api/units", unit),
  endUnit: (code: string, ended_on: string, successor: string) =>
    http.patch<Unit>(`/api/units/${encodeURIComponent(code)}`, { ended_on, successor }),
};

export const auditLog = {
  entries: (filter: AuditFilter, before: Page<unknown>["next"]) =>
    http.get<Page<AuditEntry>>("/api/audit", filled({ ...inMoments(filter), before, limit: LIMIT })),
  state: () => http.get<AuditState>("/api/audit/state"),
};

export const register = {
  purposes: () => http.get<Items<Purpose>>("/api/purposes"),
  rights: (parcel: string | number) =>
    http.get<ParcelRights>(`/api/parcels/${encodeURIComponent(parcel)}/rights`),
  block: (parcel: string | number, block: NewBlock) =>
    http.post<Block>(`/api/parcels/${encodeURIComponent(parcel)}/blocks`, block),
  lift: (id: number, reason: string, source: string) =>
    http.post<Block>(`/api/blocks/${id}/lift`, { reason, source }),
  reveal: (party: number, field: PersonalField, purpose: string, note: string) =>
    http.post<{ value: string }>(`/api/parties/${party}/reveal`, { field, purpose, note }),
};
