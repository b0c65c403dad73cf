/**
 * What goes over the wire about people: sessions, accounts, the audit log, rights on land. Written by hand
 * like `schema.ts`; the application imports the names from `types.ts`.
 *
 * Moments are ISO 8601 with a zone, days are `YYYY-MM-DD`; a period ends before the day of its end. A unit of null
 * is the whole city.
 */
export type Capability =
  | "desk.reception"
  | "desk.surveyor"
  | "desk.land_officer"
  | "desk.approver"
  | "desk.registrar"
  | "desk.inspector"
  | "desk.leader"
  | "dossier.read"
  | "board.read"
  | "catalogue.write"
  | "partners.manage"
  | "imagery.manage"
  | "detect.run"
  | "finding.read"
  | "finding.judge"
  | "edit.propose"
  | "edit.approve"
  | "rights.read"
  | "rights.write"
  | "block.write"
  | "person.reveal"
  | "audit.read"
  | "accounts.manage"
  | "staff.names"
  | "analysis.read";

export interface HeldRole {
  role: string;
  name_vi: string;
  name_en: string;
  unit: string | null;
  unit_name?: string | null;
  until: string | null;
  deputy_for: string | null;
}

export interface User {
  id: number;
  login: string;
  name: string;
  /** 1: password alone; 2: with a second factor, which every power of staff needs */
  level: 1 | 2;
  /** what stands between this session and the powers of its roles */
  needs: "enrol-totp" | "stronger-sign-in" | null;
  has_totp: boolean;
  demo: boolean;
  /** linked to a party of the register */
  person: boolean;
  /** by capability, the units it holds in; `*`: everywhere */
  capabilities: Partial<Record<Capability, string[]>>;
  roles: HeldRole[];
}

export interface Session {
  user: User | null;
  sign_in: { oidc: { name: string } | null };
}

export interface TotpEnrolment {
  secret: string;
  uri: string;
  qr_svg: string;
}

export interface OpenSession {
  id: number;
  created_at: string;
  last_seen_at: string;
  user_agent: string | null;
  method: string;
  current: boolean;
}

export type Scope = "read" | "edit";

export interface Token {
  id: number;
  name: string;
  scopes: string[];
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
}
/** The secret itself comes once, in the answer to its making. */
export type NewToken = Token & { token: string };

export interface Access {
  at: string;
  who_role: string | null;
  who_role_vi?: string | null;
  who_role_en?: string | null;
  unit: string | null;
  unit_name: string | null;
  /** the field that was unmasked, or another act */
  what: string;
  purpose_vi: string | null;
  purpose_en: string | null;
  note: string | null;
}

export interface Consent {
  purpose: string;
  name_vi: string;
  name_en: string;
  given: boolean;
  at?: string | null;
}

export type OwnRight = Right & {
  ba_unit: number;
  unit_name: string | null;
  certificates: Certificate[];
  parcels: { id: number; code: string | null; label: string }[];
};

export interface OwnData {
  party: Party;
  birth_year?: number | null;
  rights: OwnRight[];
}

export interface RoleInfo {
  code: string;
  name_vi: string;
  name_en: string;
  capabilities: Capability[];
}

export interface Assignment {
  id: number;
  role: string;
  unit: string | null;
  unit_name: string | null;
  from: string;
  until: string | null;
  deputy_for: string | null;
  note?: string | null;
  given_by: string | null;
  given_at: string;
  ended_at: string | null;
}

export interface NewAssignment {
  role: string;
  unit: string | null;
  from?: string;
  until?: string;
  deputy_for?: string;
  note?: string;
}

export interface AccountRecord {
  id: number;
  login: string;
  name: string;
  disabled: boolean;
  demo: boolean;
  has_totp: boolean;
  created_at: string;
  last_seen_at: string | null;
  assignments: Assignment[];
}

export interface Page<T> {
  items: T[];
  next: string | number | null;
}

export interface AuditEntry {
  id: number;
  at: string;
  /** login; null: a visitor, or the operator at the command line */
  actor: string | null;
  actor_name: string | null;
  kind: string;
  subject: string | null;
  unit: string | null;
  detail: Record<string, unknown> | null;
  hash: string;
}

export interface AuditState {
  entries: number;
  head: string | null;
  verified: boolean;
}

export interface AuditFilter {
  actor: string;
  kind: string;
  subject: string;
  unit: string;
  from: string;
  to: string;
}

export type PersonalField = "identity_number" | "phone" | "address";

export interface Party {
  id: number;
  kind: string;
  name: string;
  organisation_number?: string | null;
  /** masked, except to the person */
  identity_number: string | null;
  phone: string | null;
  address: string | null;
  members: { party: Party; share: string }[];
}

export interface Certificate {
  id: number;
  generation: string;
  serial: string | null;
  book_number: string | null;
  issued_on: string | null;
  issuer: string | null;
  status: string;
}

export interface Right {
  id: number;
  /** right, restriction or responsibility (ISO 19152) */
  kind: string;
  type: string;
  type_vi?: string;
  type_en?: string;
  share: string;
  party: Party | null;
  valid_from: string | null;
  valid_to: string | null;
  source: string | null;
  certificate: number | null;
}

export interface BaUnit {
  id: number;
  kind: string;
  name?: string;
  certificates: Certificate[];
  rights: Right[];
  parcels: { id: number; code: string | null; label: string }[];
}

export interface Block {
  id: number;
  kind: string;
  /** a holder is told that it stands, not why */
  reason: string | null;
  source: string | null;
  from: string | null;
  until: string | null;
  lifted_at: string | null;
}

export interface ParcelRights {
  ba_units: BaUnit[];
  blocks: Block[];
}

/** The whole new set of rights of a unit of rights; `ba_unit` null: a new one. */
export interface NewRegistration {
  unit: string;
  ba_unit: number | null;
  parcels?: string[];
  certificate?: { serial: string; issued_on: string; book_number?: string; issuer?: string };
  source: string;
  valid_from: string;
  rights: object[];
}

export interface NewBlock {
  kind: string;
  reason: string;
  source: string;
  from?: string;
  until?: string;
}

export interface Purpose {
  code: string;
  name_vi: string;
  name_en: string;
}

export interface Correction {
  id: number;
  field: string;
  value: string;
  note: string;
  status: "open" | "accepted" | "refused";
  created_at: string;
  decided_at: string | null;
  decision_note: string | null;
}

export interface NewUnit {
  code: string;
  name: string;
  name_en: string;
  type: string;
}

export interface NewCorrection {
  field: string;
  value: string;
  note: string;
}
