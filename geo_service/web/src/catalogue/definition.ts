/** What an editor does to a definition; every function gives a new one and leaves the old as it is. */
import type {
  Definition,
  Fee,
  FlowAction,
  FlowStep,
  FormChoice,
  FormField,
  NeededPaper,
} from "../api/administrationTypes";
import { fold } from "../ui/fold";

/** The lists a definition is made of. */
export interface Rows {
  documents: NeededPaper;
  fields: FormField;
  fees: Fee;
  steps: FlowStep;
  actions: FlowAction;
}
export type Part = keyof Rows;

const rowsOf = <P extends Part>(definition: Definition, part: P): Rows[P][] =>
  definition[part] as unknown as Rows[P][];
const withRows = <P extends Part>(definition: Definition, part: P, rows: Rows[P][]): Definition => ({
  ...definition,
  [part]: rows,
});

/** Changes a row; what names a step, a field or a choice by its code follows. */
export function patched<P extends Part>(
  definition: Definition,
  part: P,
  index: number,
  change: Partial<Rows[P]>,
): Definition {
  const rows = rowsOf(definition, part);
  const before = rows[index];
  if (!before) return definition;
  const after = { ...before, ...change };
  const next = withRows(
    definition,
    part,
    rows.map((row, i) => (i === index ? after : row)),
  );
  if (part === "steps" && after.code !== before.code) return stepRenamed(next, before.code, after.code);
  if (part === "fields") return fieldRenamed(next, before as FormField, after as FormField);
  return next;
}

function stepRenamed(definition: Definition, before: string, after: string): Definition {
  // a code that is used twice belongs to the step that keeps it
  if (definition.steps.some(({ code }) => code === before)) return definition;
  const other = (code: string) => (code === before ? after : code);
  return {
    ...definition,
    actions: definition.actions.map((action) => ({
      ...action,
      from: other(action.from),
      to: other(action.to),
    })),
  };
}

function fieldRenamed(definition: Definition, before: FormField, after: FormField): Definition {
  const sameChoices = before.choices.length === after.choices.length;
  const renamed = new Map(
    sameChoices ? before.choices.map(({ code }, i) => [code, after.choices[i]?.code ?? code] as const) : [],
  );
  if (before.code === after.code && [...renamed].every(([one, other]) => one === other)) return definition;
  return {
    ...definition,
    fees: definition.fees.map((fee) => ({
      ...fee,
      exempt: fee.exempt.map((one) =>
        one.field === before.code
          ? { ...one, field: after.code, values: one.values.map((code) => renamed.get(code) ?? code) }
          : one,
      ),
    })),
  };
}

export function removed(definition: Definition, part: Part, index: number): Definition {
  const gone = rowsOf(definition, part)[index];
  const next = withRows(
    definition,
    part,
    rowsOf(definition, part).filter((_, i) => i !== index),
  );
  if (part !== "steps" || !gone || next.steps.some(({ code }) => code === gone.code)) return next;
  return { ...next, actions: next.actions.filter(({ from, to }) => from !== gone.code && to !== gone.code) };
}

export function added<P extends Part>(
  definition: Definition,
  part: P,
  row: Rows[P],
  at?: number,
): Definition {
  const rows = rowsOf(definition, part);
  const place = at ?? rows.length;
  return withRows(definition, part, [...rows.slice(0, place), row, ...rows.slice(place)]);
}

/** One place up (−1) or down (1). */
export function moved(definition: Definition, part: Part, index: number, by: 1 | -1): Definition {
  const rows = [...rowsOf(definition, part)];
  const [here, there] = [rows[index], rows[index + by]];
  if (!here || !there) return definition;
  rows[index] = there;
  rows[index + by] = here;
  return withRows(definition, part, rows);
}

/** A code the service takes: begins with a letter, only a–z, digits and underscores, at most 40. */
export const isCode = (text: string): boolean => /^[a-z][a-z0-9_]{0,39}$/.test(text);
export const isProcedureCode = (text: string): boolean => /^[0-9A-Za-z][0-9A-Za-z._-]{1,39}$/.test(text);

/** A code made from a name that is not taken yet. */
export function freeCode(name: string, taken: readonly string[], otherwise: string): string {
  const bare = fold(name)
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+/, "")
    .replace(/_+$/, "")
    .slice(0, 30);
  const base = bare || otherwise;
  for (let n = 1; ; n += 1) {
    const code = n === 1 ? base : `${base}_${n}`;
    if (!taken.includes(code)) return code;
  }
}

export const newStep = (definition: Definition): FlowStep => ({
  code: freeCode(
    "",
    definition.steps.map(({ code }) => code),
    "step",
  ),
  name_vi: "",
  name_en: "",
  status: 4,
  role: "land_officer",
  place: "competent",
  clock: "running",
  reason: null,
  days: null,
  map: false,
});

/** What an action of a kind is like by the rules of the catalogue; the rest is for the person to say. */
export const KINDS: Record<string, Partial<FlowAction>> = {
  accept: { paper: "01", documents: true, role: "reception", place: "reception" },
  refuse: { paper: "03", note: true, role: "reception", place: "reception" },
  ask_supplement: { paper: "02", note: true },
  supplement: { role: "citizen", place: "reception" },
  forward: {},
  send_back: { note: true },
  propose_map: {},
  approve: { paper: "06" },
  tax_slip: {},
  tax_notice: { role: "partner" },
  ask_payment: {},
  paid: { role: "partner" },
  withdraw: { role: "citizen", place: "reception" },
  stop: { paper: "05", note: true },
  resume: {},
  finish: { paper: "06" },
  hand_out: { role: "reception", place: "reception" },
  apologise: { paper: "04", note: true },
};

const PLAIN: Partial<FlowAction> = {
  paper: null,
  note: false,
  documents: false,
  map: "none",
  effect: "none",
};

/** An action made to be of another kind: what the old kind asked for goes, what the new one asks for comes. */
export function ofKind(action: FlowAction, kind: string): Partial<FlowAction> {
  const stays = kind === "apologise" ? { to: action.from } : {};
  return { ...PLAIN, ...KINDS[kind], ...stays, kind };
}

export function newAction(definition: Definition, step: FlowStep): FlowAction {
  const next = definition.steps[definition.steps.findIndex(({ code }) => code === step.code) + 1];
  return {
    from: step.code,
    code: freeCode(
      "",
      definition.actions.filter(({ from }) => from === step.code).map(({ code }) => code),
      "act",
    ),
    to: (next ?? step).code,
    kind: "forward",
    name_vi: "",
    name_en: "",
    role: step.role === "nobody" ? "land_officer" : step.role,
    place: step.place,
    note: false,
    documents: false,
    paper: null,
    map: "none",
    effect: "none",
  };
}

export const newPaper = (definition: Definition): NeededPaper => ({
  code: freeCode(
    "",
    definition.documents.map(({ code }) => code),
    "paper",
  ),
  name_vi: "",
  name_en: "",
  form: null,
  required: true,
  held_as: null,
  original: false,
});

export const newField = (definition: Definition): FormField => ({
  code: freeCode(
    "",
    definition.fields.map(({ code }) => code),
    "field",
  ),
  name_vi: "",
  name_en: "",
  type: "text",
  required: false,
  choices: [],
});

export const newChoice = (choices: readonly FormChoice[]): FormChoice => ({
  code: freeCode(
    "",
    choices.map(({ code }) => code),
    "choice",
  ),
  name_vi: "",
  name_en: "",
});

export const newFee = (fees: readonly Fee[]): Fee => ({
  code: freeCode(
    "",
    fees.map(({ code }) => code),
    "fee",
  ),
  name_vi: "",
  name_en: "",
  kind: "fee",
  channel: "any",
  rule: "fixed",
  amount: 0,
  percent: null,
  exempt: [],
  source: "",
  grade: "D",
});

/** Made by the editor itself ("step_2") and so free to follow the name. */
export const isMadeUp = (code: string): boolean => /^(step|act|paper|field|choice|fee)(_\d+)?$/.test(code);
