import { Checkbox, NativeSelect, NumberInput, Textarea, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FlowStep } from "../api/administrationTypes";
import { useRoles } from "../api/peopleQueries";
import { useView } from "../state/view";
import classes from "./Catalogue.module.css";
import { isCode } from "./definition";
import type { Asked } from "./fields";
import { type Located, ofField } from "./findings";
import { holderName, nameOf, word } from "./words";

interface Props<T> {
  row: T;
  asked: readonly Asked<T>[];
  found: readonly Located[];
  /** steps an action may lead between */
  steps?: readonly FlowStep[];
  /** put before the names of members in test ids */
  id: string;
  onChange: (change: Partial<T>, member: string) => void;
  /** the Vietnamese name has been typed */
  onNamed?: () => void;
}

/** Every member of a row as a field, with what the check found of it beside it. */
export function RowForm<T extends object>({
  row,
  asked,
  found,
  steps = [],
  id,
  onChange,
  onNamed,
}: Props<T>) {
  const { t } = useTranslation();
  return (
    <div className={classes.form}>
      {asked
        .filter(({ when }) => when === undefined || when(row))
        .map((one) => {
          const said = ofField(found, one.name);
          return (
            <div key={one.name} data-wide={one.wide ?? false} className={classes.field}>
              <One
                asked={one}
                value={row[one.name]}
                label={word("field", one.name, t)}
                hint={t(`administration.hint.${one.name}` as "administration.hint.code", {
                  defaultValue: "",
                })}
                said={said}
                steps={steps}
                testId={`${id}-${one.name}`}
                onChange={(value) => onChange({ [one.name]: value } as Partial<T>, one.name)}
                onNamed={one.name === "name_vi" ? onNamed : undefined}
              />
            </div>
          );
        })}
    </div>
  );
}

/** What is explained stands under the field, so that fields side by side stay in line. */
const BELOW: ("label" | "input" | "description" | "error")[] = ["label", "input", "description", "error"];

interface OneProps<T> {
  asked: Asked<T>;
  value: unknown;
  label: string;
  hint: string;
  said: readonly Located[];
  steps: readonly FlowStep[];
  testId: string;
  onChange: (value: unknown) => void;
  onNamed?: (() => void) | undefined;
}

function One<T>({ asked, value, label, hint, said, steps, testId, onChange, onNamed }: OneProps<T>) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const text = (one: Located) => (lang === "vi" ? one.vi : one.en);
  const wrong = said.filter(({ severity }) => severity === "error").map(text);
  const doubtful = said.filter(({ severity }) => severity === "warning").map(text);
  const description: ReactNode =
    [hint, ...doubtful.map((one) => `⚠ ${one}`)].filter(Boolean).join(" ") || undefined;
  const shared = { label, description, error: wrong.join(" ") || undefined, "data-testid": testId };
  const below = { ...shared, inputWrapperOrder: BELOW };
  const shown = typeof value === "string" || typeof value === "number" ? String(value) : "";
  switch (asked.as) {
    case "text":
      return (
        <TextInput
          {...below}
          value={shown}
          onChange={(event) => onChange(event.currentTarget.value || (value === null ? null : ""))}
          onBlur={onNamed}
          autoComplete="off"
        />
      );
    case "long":
      return (
        <Textarea
          {...below}
          value={shown}
          autosize
          minRows={1}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case "code":
      return <Code {...below} value={shown} onChange={onChange} />;
    case "hour":
      return (
        <TextInput
          {...below}
          type="time"
          value={shown}
          onChange={(event) => onChange(event.currentTarget.value || null)}
        />
      );
    case "yes":
      return (
        <Checkbox
          {...shared}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case "whole":
      return (
        <NumberInput
          {...below}
          value={typeof value === "number" ? value : ""}
          min={asked.none ? 1 : 0}
          max={asked.most}
          allowDecimal={false}
          allowNegative={false}
          clampBehavior="strict"
          onChange={(next) => onChange(typeof next === "number" ? next : asked.none ? null : 0)}
        />
      );
    case "decimal":
      return (
        <NumberInput
          {...below}
          value={typeof value === "number" ? value : ""}
          min={0}
          max={asked.most}
          decimalSeparator={lang === "vi" ? "," : "."}
          allowNegative={false}
          suffix=" %"
          onChange={(next) => onChange(typeof next === "number" && next > 0 ? next : null)}
        />
      );
    case "amount":
      return (
        <NumberInput
          {...below}
          value={typeof value === "number" ? value : ""}
          min={0}
          max={1e12}
          allowDecimal={false}
          allowNegative={false}
          thousandSeparator={lang === "vi" ? "." : ","}
          decimalSeparator={lang === "vi" ? "," : "."}
          suffix=" đ"
          onChange={(next) => onChange(typeof next === "number" ? next : 0)}
        />
      );
    case "step":
      return (
        <NativeSelect
          {...below}
          value={shown}
          onChange={(event) => onChange(event.currentTarget.value)}
          data={withCurrent(
            shown,
            steps.map((step) => ({
              value: step.code,
              label: `${step.status} · ${nameOf(step, lang) || t("administration.nameless")}`,
            })),
          )}
        />
      );
    case "role":
      return <Role {...below} value={shown} holders={asked.holders} onChange={onChange} />;
    case "choice": {
      const options = asked.of.map((code) => ({
        value: String(code),
        label: choiceName(asked.group, code, t),
      }));
      const number = typeof asked.of[0] === "number";
      return (
        <NativeSelect
          {...below}
          value={shown}
          onChange={({ currentTarget: { value: next } }) =>
            onChange(next === "" ? null : number ? Number(next) : next)
          }
          data={[
            ...(asked.none ? [{ value: "", label: t("administration.none") }] : []),
            ...withCurrent(shown, options),
          ]}
        />
      );
    }
  }
}

const choiceName = (
  group: Parameters<typeof word>[0],
  code: string | number,
  t: Parameters<typeof word>[2],
): string =>
  group === "status" || group === "paper" ? `${code} · ${word(group, code, t)}` : word(group, code, t);

interface Option {
  value: string;
  label: string;
}

/** A value no longer on offer is still shown, so that nothing changes by looking. */
const withCurrent = (value: string, options: Option[]): Option[] =>
  value === "" || options.some((one) => one.value === value)
    ? options
    : [{ value, label: value }, ...options];

interface CodeProps {
  inputWrapperOrder: typeof BELOW;
  label: string;
  description: ReactNode;
  error: string | undefined;
  value: string;
  onChange: (value: string) => void;
  "data-testid": string;
}

/** A code that cannot be one is not taken over, so that the draft can always be saved. */
function Code({ value, onChange, error, ...shared }: CodeProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <TextInput
      {...shared}
      value={typed ?? value}
      error={typed === null ? error : t("administration.badCode")}
      onChange={({ currentTarget: { value: next } }) => {
        setTyped(isCode(next) ? null : next);
        if (isCode(next)) onChange(next);
      }}
      onBlur={() => setTyped(null)}
      autoCapitalize="none"
      autoComplete="off"
      spellCheck={false}
    />
  );
}

function Role({ value, holders, onChange, ...shared }: CodeProps & { holders: readonly string[] }) {
  const { t } = useTranslation();
  const roles = useRoles();
  const lang = useView((v) => v.lang);
  const desks = (roles.data?.items ?? []).filter(({ capabilities }) =>
    capabilities.some((one) => one.startsWith("desk.")),
  );
  return (
    <NativeSelect
      {...shared}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={withCurrent(value, [
        ...desks.map((role) => ({ value: role.code, label: nameOf(role, lang) })),
        ...holders.map((code) => ({ value: code, label: holderName(code, t) })),
      ])}
    />
  );
}
