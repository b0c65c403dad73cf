import { SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useLandUse } from "../api/queries";
import { parseNumber } from "../format";
import { useView } from "../state/view";
import { useEditing } from "./context";
import type { FactFields, Sketch } from "./sketch";

const KINDS = ["land", "road", "water", "other", "unassigned", "disputed"] as const;
const badNumber = (text: string) => text.trim() !== "" && !(parseNumber(text) > 0);

export function AreaForm({ sketch }: { sketch: Sketch }) {
  const { t } = useTranslation();
  const { dispatch } = useEditing();
  const amend = (change: Partial<Sketch>) => dispatch({ type: "amend", sketch: { ...sketch, ...change } });
  return (
    <Stack gap="xs">
      <TextInput
        label={t("area.label")}
        value={sketch.area}
        onChange={(event) => amend({ area: event.currentTarget.value })}
        error={badNumber(sketch.area) && t("area.bad")}
        inputMode="decimal"
        data-autofocus
        data-testid="area"
      />
      <Text fw={500}>{t("area.which")}</Text>
      <SegmentedControl
        value={sketch.half}
        onChange={(half) => amend({ half: half === "far" ? "far" : "near" })}
        data={[
          { value: "near", label: t("area.near") },
          { value: "far", label: t("area.far") },
        ]}
        aria-label={t("area.which")}
      />
    </Stack>
  );
}

export function FactsForm({ sketch }: { sketch: Sketch }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { dispatch } = useEditing();
  const landUse = useLandUse();
  const { facts } = sketch;
  const amend = (change: Partial<FactFields>) =>
    dispatch({ type: "amend", sketch: { ...sketch, facts: { ...facts, ...change } } });
  const field = (name: keyof FactFields) => ({
    value: facts[name],
    onChange: (event: { currentTarget: HTMLInputElement }) => amend({ [name]: event.currentTarget.value }),
    "data-testid": `fact-${name}`,
  });

  if (sketch.tool === "renumber") {
    return (
      <Stack gap="xs">
        <TextInput label={t("facts.sheet")} {...field("sheet")} />
        <TextInput label={t("facts.number")} {...field("number")} />
      </Stack>
    );
  }
  return (
    <Stack gap="xs">
      <Select
        label={t("facts.landUse")}
        data={(landUse.data?.items ?? []).map(({ code, name_vi, name_en }) => ({
          value: code,
          label: `${code} · ${lang === "vi" ? name_vi : name_en}`,
        }))}
        value={facts.land_use || null}
        onChange={(value) => amend({ land_use: value ?? "" })}
        placeholder={t("edit.unchanged")}
        searchable
        clearable
        data-testid="fact-land_use"
      />
      <Select
        label={t("facts.kind")}
        data={KINDS.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))}
        value={facts.kind || null}
        onChange={(value) => amend({ kind: value ?? "" })}
        placeholder={t("edit.unchanged")}
        clearable
      />
      <TextInput
        label={t("facts.official")}
        placeholder={t("edit.unchanged")}
        error={badNumber(facts.official_area) && t("area.bad")}
        inputMode="decimal"
        {...field("official_area")}
      />
      <TextInput label={t("facts.address")} placeholder={t("edit.unchanged")} {...field("address")} />
    </Stack>
  );
}
