import { NativeSelect, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Definition, FormField } from "../api/dossierTypes";
import { useLandUse } from "../api/queries";
import { nameOf } from "../citizen/words";
import { useView } from "../state/view";
import classes from "./Counter.module.css";
import type { PartProps } from "./EntryForm";

const MODE: Partial<Record<FormField["type"], "numeric" | "decimal">> = {
  number: "numeric",
  area: "decimal",
};

/** The questions of the procedure, each on one line. */
export function FieldsPart({ entry, faults, onChange, definition }: PartProps & { definition: Definition }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const landUse = useLandUse().data?.items ?? [];
  const choicesOf = (field: FormField) => {
    if (field.type === "choice")
      return field.choices.map((one) => ({ value: one.code, label: nameOf(one, lang) }));
    if (field.code !== "new_use") return null;
    return landUse.map((use) => ({ value: use.code, label: `${use.code} – ${nameOf(use, lang)}` }));
  };
  return (
    <div className={classes.grid}>
      {definition.fields
        .filter(({ type }) => type !== "parcel")
        .map((field) => {
          const fault = faults[`field-${field.code}`];
          const choices = choicesOf(field);
          const shared = {
            id: `counter-field-${field.code}`,
            label: nameOf(field, lang),
            value: entry.values[field.code] ?? "",
            onChange: ({ currentTarget: { value } }: { currentTarget: { value: string } }) =>
              onChange({ values: { ...entry.values, [field.code]: value } }),
            error: fault && t(`counter.fault.${fault}`),
            withAsterisk: field.required,
            size: "md",
            "data-testid": `counter-field-${field.code}`,
          } as const;
          return choices ? (
            <NativeSelect key={field.code} {...shared} data={[{ value: "", label: "" }, ...choices]} />
          ) : (
            <TextInput
              key={field.code}
              {...shared}
              type={field.type === "date" ? "date" : "text"}
              inputMode={MODE[field.type]}
              rightSection={field.type === "area" ? "m²" : undefined}
              autoComplete="off"
            />
          );
        })}
    </div>
  );
}
