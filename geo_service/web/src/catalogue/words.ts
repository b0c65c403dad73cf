/** Words for the codes of the catalogue; a code without a word is shown as it is. */
import type { TFunction } from "i18next";
import type { Finding, FlowStep, Level, Limit } from "../api/administrationTypes";
import { ProblemError } from "../api/client";
import type { Problem } from "../api/types";
import { integer } from "../format";
import { roleName } from "../rights/names";
import type { Language } from "../state/view";

export type WordGroup =
  | "level"
  | "timeUnit"
  | "place"
  | "flowClock"
  | "reason"
  | "status"
  | "actionKind"
  | "paper"
  | "mapUse"
  | "effect"
  | "fieldType"
  | "channel"
  | "feeKind"
  | "rule"
  | "heldAs"
  | "procedureKind"
  | "changeType"
  | "grade"
  | "field"
  | "part";

export const word = (group: WordGroup, code: string | number, t: TFunction): string =>
  t(`administration.${group}.${code}` as "administration.level.city", { defaultValue: String(code) });

/** The applicant, a partner and nobody are no roles of accounts, and yet have a dossier at some step. */
export const holderName = (role: string, t: TFunction): string =>
  role === "citizen" || role === "partner" || role === "nobody"
    ? t(`administration.holder.${role}`)
    : roleName(role, t);

export const nameOf = (row: { name_vi: string; name_en: string }, lang: Language): string =>
  (lang === "vi" ? row.name_vi : row.name_en) || row.name_vi || row.name_en;

/** 12 ngày làm việc; 0 working days is the same day. */
export function limitText({ n, unit, cutoff }: Limit, t: TFunction): string {
  const term = n === 0 ? t("administration.sameDay") : t(`administration.term.${unit}`, { count: n });
  return cutoff ? t("administration.termBefore", { term, cutoff }) : term;
}

export const levelName = (level: Level, t: TFunction): string => word("level", level, t);

/** Who has it and for how long, under the name of a step. */
export const stepFoot = (step: FlowStep, t: TFunction): string[] => [
  holderName(step.role, t),
  ...(step.days === null ? [] : [t("administration.term.working_day", { count: step.days })]),
  ...(step.map ? [t("administration.withMap")] : []),
];

export const money = (amount: number, lang: Language): string => `${integer(amount, lang)} đ`;

/** What the service adds to a refusal of the catalogue. */
interface Refusal {
  earliest?: string;
  /** place in what was sent, of many at once */
  row?: number;
  findings?: Finding[];
}
export const refusalOf = (error: unknown): Refusal =>
  error instanceof ProblemError ? (error.problem as Problem & Refusal) : {};

/** The first day on which it would be possible, where the service says so. */
export const earliestOf = (error: unknown): string | null => refusalOf(error).earliest ?? null;
