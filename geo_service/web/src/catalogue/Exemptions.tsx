import { ActionIcon, Button, Checkbox, Group, NativeSelect, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Exemption, FormField } from "../api/administrationTypes";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Catalogue.module.css";
import type { Located } from "./findings";
import { nameOf } from "./words";

interface Props {
  exempt: readonly Exemption[];
  fields: readonly FormField[];
  found: readonly Located[];
  onChange: (exempt: Exemption[], member: string | null) => void;
}

/** When nothing is to be paid: an answer to a question of the form. */
export function Exemptions({ exempt, fields, found, onChange }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const questions = fields.filter(({ type }) => type === "choice");
  const put = (index: number, change: Partial<Exemption>, member: string | null) =>
    onChange(
      exempt.map((one, i) => (i === index ? { ...one, ...change } : one)),
      member,
    );
  const first = questions[0];
  return (
    <div className={classes.inner}>
      <b>{t("administration.exemptions")}</b>
      {exempt.map((one, i) => {
        const question = fields.find(({ code }) => code === one.field);
        const said = found.filter(({ field }) => field === `exempt.${i}`);
        return (
          <div key={i} className={classes.innerRow}>
            <div className={classes.stack}>
              <Group align="flex-start">
                <NativeSelect
                  label={t("administration.exemptIf")}
                  value={one.field}
                  error={
                    said.map((finding) => (lang === "vi" ? finding.vi : finding.en)).join(" ") || undefined
                  }
                  onChange={({ currentTarget: { value } }) => {
                    const other = questions.find(({ code }) => code === value);
                    put(
                      i,
                      { field: value, values: (other?.choices ?? []).slice(0, 1).map(({ code }) => code) },
                      null,
                    );
                  }}
                  data={[
                    ...(question ? [] : [{ value: one.field, label: one.field }]),
                    ...questions.map((field) => ({ value: field.code, label: nameOf(field, lang) })),
                  ]}
                />
                <Checkbox.Group
                  label={t("administration.exemptIs")}
                  value={one.values}
                  onChange={(values) => values.length > 0 && put(i, { values }, null)}
                >
                  <Group gap="sm" mt={4}>
                    {(question?.choices ?? []).map((choice) => (
                      <Checkbox key={choice.code} value={choice.code} label={nameOf(choice, lang)} />
                    ))}
                  </Group>
                </Checkbox.Group>
              </Group>
              <TextInput
                label={t("administration.field.source")}
                value={one.source}
                onChange={(event) => put(i, { source: event.currentTarget.value }, `exempt.${i}.source`)}
              />
            </div>
            <ActionIcon
              variant="subtle"
              color="red"
              size="lg"
              aria-label={t("administration.remove")}
              onClick={() =>
                onChange(
                  exempt.filter((_, k) => k !== i),
                  null,
                )
              }
            >
              <Icon name="trash" />
            </ActionIcon>
          </div>
        );
      })}
      {first ? (
        <Button
          variant="subtle"
          leftSection={<Icon name="plus" />}
          onClick={() =>
            onChange(
              [
                ...exempt,
                { field: first.code, values: first.choices.slice(0, 1).map(({ code }) => code), source: "" },
              ],
              null,
            )
          }
        >
          {t("administration.addExemption")}
        </Button>
      ) : (
        !exempt.length && <p className={classes.dimmed}>{t("administration.exemptNeeds")}</p>
      )}
    </div>
  );
}
