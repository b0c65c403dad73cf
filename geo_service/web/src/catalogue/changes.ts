/** What a draft changes of the version in force, ready to be put into words. Pure. */
import type { Change, Definition } from "../api/administrationTypes";
import type { Language } from "../state/view";
import { type Where, PARTS } from "./findings";

export interface Told {
  where: Where;
  /** name of the row it is about, in the language; null: the procedure or the list itself */
  row: string | null;
  what: "added" | "removed" | "order" | "changed";
  /** member of the row; empty where the whole row came or went */
  field: string;
  before: unknown;
  after: unknown;
}

const nameIn = (row: unknown, lang: Language): string | null => {
  if (!row || typeof row !== "object") return null;
  const name = (row as Record<string, unknown>)[`name_${lang}`];
  return typeof name === "string" && name ? name : null;
};

/** A row by the words of its path: an action by step and code, a fee by code and channel, others by code. */
function rowOf(definition: Definition | null, part: Where, keys: readonly string[]): unknown {
  if (!definition || part === "general") return null;
  if (part === "actions")
    return definition.actions.find(({ from, code }) => from === keys[0] && code === keys[1]);
  if (part === "fees")
    return definition.fees.find(({ code, channel }) => code === keys[0] && channel === keys[1]);
  return definition[part].find(({ code }) => code === keys[0]);
}

/** One change, with the rows named. `before` and `after` are the definitions it lies between. */
export function told(change: Change, before: Definition | null, after: Definition, lang: Language): Told {
  const [first = "", ...rest] = change.path.split(".");
  const part = PARTS.find((name) => name === first);
  const base = { before: change.before, after: change.after };
  if (!part) return { ...base, where: "general", row: null, what: "changed", field: change.path };
  if (rest[0] === "order" && rest.length === 1)
    return { ...base, where: part, row: null, what: "order", field: "" };
  const depth = part === "actions" || part === "fees" ? 2 : 1;
  const keys = rest.slice(0, depth);
  const row = rowOf(after, part, keys) ?? rowOf(before, part, keys);
  const step = part === "actions" ? (rowOf(after, "steps", keys) ?? rowOf(before, "steps", keys)) : null;
  const own = nameIn(row, lang) ?? keys.join(" · ");
  const name = part === "actions" ? `${nameIn(step, lang) ?? keys[0] ?? ""} → ${own}` : own;
  const field = rest.slice(depth).join(".");
  const whole = field === "";
  const what =
    whole && change.before === null ? "added" : whole && change.after === null ? "removed" : "changed";
  return { ...base, where: part, row: name, what, field };
}
