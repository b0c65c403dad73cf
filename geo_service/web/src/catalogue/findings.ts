/** What the check found, tied to the element it is about, so that it stays there when rows move. Pure. */
import type { Definition, Finding, FlowAction } from "../api/administrationTypes";
import type { Language } from "../state/view";
import type { Part } from "./definition";

export const PARTS: readonly Part[] = ["documents", "fields", "fees", "steps", "actions"];
export type Where = Part | "general";

export interface Located extends Finding {
  where: Where;
  /** identity of the row; null where it is about the list or the procedure itself */
  row: string | null;
  /** the member of the row, or of the procedure */
  field: string;
}

/** Which row of a list it is, whatever its place. */
export function rowKey(definition: Definition, part: Part, index: number): string | null {
  if (part === "actions") {
    const action = definition.actions[index];
    return action ? `${action.from}.${action.code}` : null;
  }
  if (part === "fees") {
    const fee = definition.fees[index];
    return fee ? `${fee.code}.${fee.channel}` : null;
  }
  return definition[part][index]?.code ?? null;
}

/** The service names steps and actions by their codes; people know them by their names. */
function spoken(text: string, lang: Language, definition: Definition, own: FlowAction | undefined): string {
  const name = (row: { name_vi: string; name_en: string } | undefined, code: string) =>
    (lang === "vi" ? row?.name_vi : row?.name_en) || code;
  return text
    .replace(/((?:Bước|bước|Step|step) “)([a-z0-9_]+)”/g, (_, before: string, code: string) => {
      const step = definition.steps.find((one) => one.code === code);
      return `${before}${name(step, code)}”`;
    })
    .replace(/((?:Thao tác|thao tác|Action|action) “)([a-z0-9_]+)”/g, (_, before: string, code: string) => {
      return `${before}${name(own?.code === code ? own : undefined, code)}”`;
    });
}

export function located(found: readonly Finding[], definition: Definition): Located[] {
  return found.map((said) => {
    const [list, place] = said.path.split(".");
    const own = list === "actions" ? definition.actions[Number(place)] : undefined;
    const finding = {
      ...said,
      vi: spoken(said.vi, "vi", definition, own),
      en: spoken(said.en, "en", definition, own),
    };
    const [first = "", index, ...rest] = finding.path.split(".");
    const part = PARTS.find((name) => name === first);
    if (!part) {
      return { ...finding, where: "general" as const, row: null, field: finding.path };
    }
    const row = index === undefined ? null : rowKey(definition, part, Number(index));
    return { ...finding, where: part, row, field: rest.join(".") };
  });
}

/** Those about one row. */
export const ofRow = (
  found: readonly Located[],
  definition: Definition,
  part: Part,
  index: number,
): Located[] => {
  const key = rowKey(definition, part, index);
  return found.filter((one) => one.where === part && one.row !== null && one.row === key);
};

/** Those about a member: its own, or what lies in it (`limit` has `limit.n`). */
export const ofField = (found: readonly Located[], field: string): Located[] =>
  found.filter((one) => one.field === field || one.field.startsWith(`${field}.`));

export const countErrors = (found: readonly Located[]): number =>
  found.filter(({ severity }) => severity === "error").length;

/** Place of the row it is about in the definition as it is now; null when it is gone or is about no row. */
export function indexOf({ where, row }: Located, definition: Definition): number | null {
  if (where === "general" || row === null) return null;
  const found = definition[where].findIndex((_, i) => rowKey(definition, where, i) === row);
  return found < 0 ? null : found;
}
