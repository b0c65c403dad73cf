/** What goes over the wire about procedures. Written by hand like `schema.ts`; amounts are whole đồng. */
export interface Named {
  code: string;
  name_vi: string;
  name_en: string;
}

export type FormFieldType = "text" | "number" | "area" | "date" | "choice" | "parcel";

export interface FormField extends Named {
  type: FormFieldType;
  required: boolean;
  choices: Named[];
}

export interface Limit {
  n: number;
  unit: "working_day" | "calendar_day" | "working_hour";
  /** HH:MM; what comes later counts as come on the next working day */
  cutoff?: string | null;
}

export interface ProcedureSummary extends Named {
  kind: "request" | "internal";
  level: "commune" | "branch" | "city";
  limit: Limit;
  change_type: string | null;
  version: number;
  valid_from: string;
}

export interface ProcedureDocument extends Named {
  form: string | null;
  required: boolean;
  held_as: "certificate" | "identity" | "extract" | null;
  original: boolean;
}

export interface Fee extends Named {
  kind: "fee" | "tax";
  channel: "any" | "counter" | "online" | "post";
  rule: "fixed" | "percent_of_price";
  amount: number;
  percent?: number | null;
  /** nothing is to be paid where the form says so */
  exempt: { field: string; values: string[]; source: string }[];
  source: string;
}

export interface Definition extends Named {
  kind?: "request" | "internal";
  change_type: string | null;
  level: "commune" | "branch" | "city";
  limit: Limit;
  source: string;
  result_vi?: string;
  result_en?: string;
  blocks: string[];
  documents: ProcedureDocument[];
  fields: FormField[];
  fees: Fee[];
}

export interface Procedure {
  version: number;
  definition: Definition;
  /** what holds in the unit that was asked about */
  terms: { limit: Limit; documents: ProcedureDocument[]; fees: Fee[] } | null;
}
