/** What is asked about each part of a definition, and how. */
import type {
  Definition,
  Fee,
  FlowAction,
  FlowStep,
  FormChoice,
  FormField,
  Limit,
  NeededPaper,
} from "../api/administrationTypes";
import { KINDS } from "./definition";
import type { WordGroup } from "./words";

export type Control =
  | { as: "text" | "long" | "code" | "hour" | "yes" | "step" | "amount" }
  | { as: "whole"; most: number; none?: true }
  | { as: "decimal"; most: number }
  /** one of the roles of accounts, or these */
  | { as: "role"; holders: readonly string[] }
  | { as: "choice"; group: WordGroup; of: readonly (string | number)[]; none?: true };

export type Asked<T> = Control & {
  name: keyof T & string;
  wide?: true;
  /** only where it makes sense */
  when?: (row: T) => boolean;
};

const NAMES = [
  { name: "name_vi", as: "text", wide: true },
  { name: "name_en", as: "text", wide: true },
] as const;
const SOURCE = [
  { name: "source", as: "long", wide: true },
  { name: "grade", as: "choice", group: "grade", of: ["A", "B", "C", "D"] },
] as const;
const PLACE = { name: "place", as: "choice", group: "place", of: ["reception", "competent"] } as const;

export const LEVELS = ["commune", "branch", "city"] as const;
/** How registers name the change (TT 10/2024). */
const CHANGES = [
  "CN", "CD", "TK", "TA", "GP", "XV", "CT", "TL", "XT", "TC", "XC", "XN", "CM", "TG", "GH", "TN", "TD", "TS", "DT",
  "SN", "CL", "TH", "SA", "HC", "LK", "GT", "GK", "GA", "DG", "TQ", "VC", "BN", "CP", "DC", "DH",
] as const; // prettier-ignore

export const GENERAL: readonly Asked<Definition>[] = [
  ...NAMES,
  { name: "kind", as: "choice", group: "procedureKind", of: ["request", "internal"] },
  { name: "level", as: "choice", group: "level", of: LEVELS },
  { name: "change_type", as: "choice", group: "changeType", of: CHANGES, none: true },
  { name: "result_vi", as: "text" },
  { name: "result_en", as: "text" },
  ...SOURCE,
];
export const BLOCKS = ["mortgage", "seizure", "dispute", "injunction"] as const;

export const LIMIT: readonly Asked<Limit>[] = [
  { name: "n", as: "whole", most: 10_000 },
  { name: "unit", as: "choice", group: "timeUnit", of: ["working_day", "calendar_day", "working_hour"] },
  { name: "cutoff", as: "hour", when: ({ unit }) => unit === "working_day" },
];

export const STEP: readonly Asked<FlowStep>[] = [
  ...NAMES,
  { name: "status", as: "choice", group: "status", of: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], wide: true },
  { name: "role", as: "role", holders: ["citizen", "partner", "nobody"] },
  PLACE,
  { name: "clock", as: "choice", group: "flowClock", of: ["none", "running", "paused"] },
  {
    name: "reason",
    as: "choice",
    group: "reason",
    of: ["supplement", "tax", "payment", "posting", "survey", "expertise", "outage"],
    none: true,
    when: ({ clock, reason }) => clock === "paused" || reason !== null,
  },
  { name: "days", as: "whole", most: 1_000, none: true },
  { name: "map", as: "yes" },
  { name: "code", as: "code" },
];

export const ACTION: readonly Asked<FlowAction>[] = [
  ...NAMES,
  { name: "kind", as: "choice", group: "actionKind", of: Object.keys(KINDS), wide: true },
  { name: "from", as: "step" },
  { name: "to", as: "step" },
  { name: "role", as: "role", holders: ["citizen", "partner"] },
  PLACE,
  { name: "paper", as: "choice", group: "paper", of: ["01", "02", "03", "04", "05", "06", "07"], none: true },
  { name: "map", as: "choice", group: "mapUse", of: ["none", "optional", "required"] },
  { name: "effect", as: "choice", group: "effect", of: ["none", "rights", "block", "lift"] },
  { name: "note", as: "yes" },
  { name: "documents", as: "yes" },
  { name: "code", as: "code" },
];

export const PAPER: readonly Asked<NeededPaper>[] = [
  ...NAMES,
  { name: "form", as: "text" },
  { name: "held_as", as: "choice", group: "heldAs", of: ["certificate", "identity", "extract"], none: true },
  { name: "required", as: "yes" },
  { name: "original", as: "yes" },
  { name: "code", as: "code" },
];

export const FIELD: readonly Asked<FormField>[] = [
  ...NAMES,
  {
    name: "type",
    as: "choice",
    group: "fieldType",
    of: ["text", "number", "area", "date", "choice", "parcel"],
  },
  { name: "required", as: "yes" },
  { name: "code", as: "code" },
];

export const CHOICE: readonly Asked<FormChoice>[] = [
  { name: "name_vi", as: "text" },
  { name: "name_en", as: "text" },
  { name: "code", as: "code" },
];

export const FEE: readonly Asked<Fee>[] = [
  ...NAMES,
  { name: "kind", as: "choice", group: "feeKind", of: ["fee", "tax"] },
  { name: "channel", as: "choice", group: "channel", of: ["any", "counter", "online", "post"] },
  { name: "rule", as: "choice", group: "rule", of: ["fixed", "percent_of_price"] },
  { name: "amount", as: "amount", when: ({ rule }) => rule === "fixed" },
  {
    name: "percent",
    as: "decimal",
    most: 100,
    when: ({ rule, percent }) => rule !== "fixed" || percent !== null,
  },
  ...SOURCE,
  { name: "code", as: "code" },
];
