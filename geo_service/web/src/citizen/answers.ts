/** Answers of an online form: what is missing or makes no sense, and what is sent. Pure. */
import type { FormField, FormValues } from "../api/dossierTypes";
import { parseNumber } from "../format";

export type Complaint = "needed" | "number" | "date";

const isNumeric = ({ type }: FormField) => type === "number" || type === "area";

/** By the code of the question; questions about parcels are answered by the step before. */
export function complaints(
  fields: readonly FormField[],
  values: Readonly<Record<string, string>>,
): Record<string, Complaint> {
  const found: Record<string, Complaint> = {};
  for (const field of fields) {
    if (field.type === "parcel") continue;
    const text = (values[field.code] ?? "").trim();
    const complaint = text ? wrong(field, text) : field.required ? "needed" : null;
    if (complaint) found[field.code] = complaint;
  }
  return found;
}

function wrong(field: FormField, text: string): Complaint | null {
  if (isNumeric(field)) {
    const number = parseNumber(text);
    return Number.isFinite(number) && number > 0 ? null : "number";
  }
  return field.type === "date" && !/^\d{4}-\d{2}-\d{2}$/.test(text) ? "date" : null;
}

/** As the service wants them: numbers as numbers, nothing that was left empty. */
export function answers(
  fields: readonly FormField[],
  values: Readonly<Record<string, string>>,
  parcels: readonly string[],
): FormValues {
  const out: FormValues = {};
  for (const field of fields) {
    const text = (values[field.code] ?? "").trim();
    if (field.type === "parcel") out[field.code] = parcels.join(", ");
    else if (text) out[field.code] = isNumeric(field) ? parseNumber(text) : text;
  }
  return out;
}
