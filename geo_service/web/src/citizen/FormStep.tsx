import { NativeSelect, Radio, Stack, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProcedureDefinition } from "../api/citizen";
import { useOwnPerson } from "../api/citizenQueries";
import type { FormField } from "../api/dossierTypes";
import { useLandUse } from "../api/queries";
import type { OwnRight } from "../api/types";
import { area } from "../format";
import { useView } from "../state/view";
import { Card } from "../ui/Page";
import { complaints } from "./answers";
import { Charges } from "./Charges";
import type { Filing } from "./filing";
import { StepButtons } from "./StepButtons";
import { nameOf } from "./words";

interface Props {
  definition: ProcedureDefinition;
  filing: Filing;
  linked: boolean;
  onChange: (filing: Filing) => void;
  onBack: () => void;
}

/** Choices up to this many are shown side by side. */
const FEW = 5;

/** The questions of the procedure. */
export function FormStep({ definition, filing, linked, onChange, onBack }: Props) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const own = useOwnPerson(linked).data;
  const fields = definition.fields.filter(({ type }) => type !== "parcel");
  const values = { ...known(definition, filing, own?.rights ?? []), ...filing.values };
  const wrong = complaints(fields, values);
  const set = (code: string, value: string) => onChange({ ...filing, values: { ...values, [code]: value } });
  const next = () => {
    setAsked(true);
    const first = Object.keys(wrong)[0];
    if (first === undefined) onChange({ ...filing, values, step: filing.step + 1 });
    else document.getElementById(`field-${first}`)?.focus();
  };
  return (
    <>
      <Card title={t("citizen.file.step.form")}>
        <Stack gap="md" maw={640}>
          {fields.map((field) => {
            const complaint = asked ? wrong[field.code] : undefined;
            return (
              <Question
                key={field.code}
                field={field}
                filing={filing}
                value={values[field.code] ?? ""}
                error={complaint && t(`citizen.file.wrong.${complaint}`)}
                onChange={(value) => set(field.code, value)}
              />
            );
          })}
          {!fields.length && t("citizen.file.nothingAsked")}
        </Stack>
      </Card>
      <Charges definition={definition} values={values} />
      <StepButtons onNext={next} onBack={onBack} />
    </>
  );
}

/** What the register answers for one's own land: the serial of the certificate, where it is asked for. */
function known(
  { fields }: ProcedureDefinition,
  filing: Filing,
  rights: readonly OwnRight[],
): Filing["values"] {
  const keys = new Set(filing.parcels.map(({ key }) => key));
  const serial = rights
    .filter(({ parcels }) => parcels.some(({ id, code }) => keys.has(String(code ?? id))))
    .flatMap(({ certificates }) => certificates)
    .find((certificate) => certificate.serial)?.serial;
  return serial && fields.some(({ code }) => code === "serial") ? { serial } : {};
}

interface QuestionProps {
  field: FormField;
  filing: Filing;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}

function Question({ field, filing, value, error, onChange }: QuestionProps) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const landUse = useLandUse().data?.items ?? [];
  const shared = {
    id: `field-${field.code}`,
    label: nameOf(field, lang),
    withAsterisk: field.required,
    size: "md",
    error,
    "data-testid": `field-${field.code}`,
  } as const;
  const typed = {
    ...shared,
    value,
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) => onChange(currentTarget.value),
  };
  const now = filing.parcels.reduce((sum, { area_m2 }) => sum + (area_m2 ?? 0), 0);
  switch (field.type) {
    case "choice":
      return field.choices.length <= FEW ? (
        <Radio.Group {...shared} value={value} onChange={onChange}>
          <Stack gap="xs" mt={4}>
            {field.choices.map((choice) => (
              <Radio key={choice.code} value={choice.code} label={nameOf(choice, lang)} size="md" />
            ))}
          </Stack>
        </Radio.Group>
      ) : (
        <NativeSelect
          {...typed}
          data={[
            { value: "", label: "" },
            ...field.choices.map((one) => ({ value: one.code, label: nameOf(one, lang) })),
          ]}
        />
      );
    case "number":
      return <TextInput {...typed} inputMode="numeric" maw={320} />;
    case "area":
      return (
        <TextInput
          {...typed}
          inputMode="decimal"
          maw={320}
          rightSection="m²"
          rightSectionWidth={48}
          description={now > 0 && t("citizen.file.areaNow", { area: area(now, lang) })}
        />
      );
    case "date":
      return <TextInput {...typed} type="date" maw={320} />;
    default:
      // codes of land use are offered where one of them is asked for
      return field.code === "new_use" ? (
        <NativeSelect
          {...typed}
          data={[
            { value: "", label: "" },
            ...landUse.map((use) => ({ value: use.code, label: `${use.code} – ${nameOf(use, lang)}` })),
          ]}
        />
      ) : (
        <Textarea {...typed} autosize minRows={field.required ? 2 : 1} maxLength={2_000} />
      );
  }
}
