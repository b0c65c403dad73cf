import { Alert, Button, NativeSelect, NumberInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { calendar } from "../api/administration";
import { CALENDAR, useCalendar, useThresholds } from "../api/administrationQueries";
import type { Grade, OfficeHours, Thresholds } from "../api/administrationTypes";
import { asProblem } from "../api/client";
import { word } from "../catalogue/words";
import { day, endOf, isoDay } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import table from "../ui/Table.module.css";
import classes from "./Calendar.module.css";
import { Consequences } from "./Consequences";
import { useTwoSteps } from "./useTwoSteps";

/** Office hours from a day on, and when clocks turn amber. */
export function HoursTab() {
  const { t } = useTranslation();
  const year = Number(isoDay(new Date()).slice(0, 4));
  const here = useCalendar(year);
  const next = useCalendar(year + 1);
  const thresholds = useThresholds();
  const [changing, setChanging] = useState(false);
  const all = new Map(
    [...(here.data?.hours ?? []), ...(next.data?.hours ?? [])].map((one) => [one.valid_from, one]),
  );
  const hours = [...all.values()].toSorted((a, b) => a.valid_from.localeCompare(b.valid_from));
  const last = hours.at(-1);
  return (
    <div className={classes.stack}>
      <Card
        title={t("administration.calendar.hours")}
        aside={
          last &&
          !changing && (
            <Button
              variant="light"
              leftSection={<Icon name="pencil" />}
              onClick={() => setChanging(true)}
              data-testid="change-hours"
            >
              {t("administration.calendar.changeHours")}
            </Button>
          )
        }
      >
        <Loaded query={here}>
          {() => (
            <table className={table.table} data-testid="hours">
              <thead>
                <tr>
                  <th scope="col">{t("administration.fromDay")}</th>
                  <th scope="col">{t("administration.calendar.morning")}</th>
                  <th scope="col">{t("administration.calendar.afternoon")}</th>
                  <th scope="col">{t("administration.field.cutoff")}</th>
                  <th scope="col">{t("administration.field.source")}</th>
                  <th scope="col">{t("administration.field.grade")}</th>
                </tr>
              </thead>
              <tbody>
                {hours.map((one) => (
                  <tr key={one.valid_from}>
                    <td data-label={t("administration.fromDay")} className={table.nowrap}>
                      {day(one.valid_from)}
                    </td>
                    <td data-label={t("administration.calendar.morning")} className={table.nowrap}>
                      {one.opens} – {one.lunch_from}
                    </td>
                    <td data-label={t("administration.calendar.afternoon")} className={table.nowrap}>
                      {one.lunch_until} – {one.closes}
                    </td>
                    <td data-label={t("administration.field.cutoff")} className={table.nowrap}>
                      {one.cut_off ?? t("administration.calendar.atClosing")}
                    </td>
                    <td data-label={t("administration.field.source")}>{one.source}</td>
                    <td data-label={t("administration.field.grade")}>{word("grade", one.grade, t)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Loaded>
        {changing && last && <HoursForm last={last} onDone={() => setChanging(false)} />}
      </Card>
      <Card title={t("administration.calendar.thresholds")}>
        <Loaded query={thresholds}>{(data) => <ThresholdsForm data={data} />}</Loaded>
      </Card>
    </div>
  );
}

const TIMES = ["opens", "lunch_from", "lunch_until", "closes"] as const;

function HoursForm({ last, onDone }: { last: OfficeHours; onDone: () => void }) {
  const { t } = useTranslation();
  const [fields, setFields] = useState<OfficeHours>({
    ...last,
    valid_from: endOf(isoDay(new Date())),
    source: "",
    grade: "B",
  });
  const steps = useTwoSteps<OfficeHours>(calendar.putHours, onDone);
  const set = (change: Partial<OfficeHours>) => {
    steps.forget();
    setFields({ ...fields, ...change });
  };
  const { valid_from, opens, lunch_from, lunch_until, closes, cut_off, source, grade } = fields;
  const wish: OfficeHours | null =
    valid_from && source.trim()
      ? { valid_from, opens, lunch_from, lunch_until, closes, cut_off, source: source.trim(), grade }
      : null;
  return (
    <div className={classes.inner} data-testid="hours-form">
      <div className={classes.fields}>
        <TextInput
          type="date"
          label={t("administration.fromDay")}
          value={valid_from}
          onChange={(event) => set({ valid_from: event.currentTarget.value })}
          required
        />
        {TIMES.map((name) => (
          <TextInput
            key={name}
            type="time"
            label={t(`administration.calendar.${name}`)}
            value={fields[name]}
            onChange={(event) => set({ [name]: event.currentTarget.value })}
            required
            data-testid={`hours-${name}`}
          />
        ))}
        <TextInput
          type="time"
          label={t("administration.field.cutoff")}
          description={t("administration.calendar.cutoffWhat")}
          value={cut_off ?? ""}
          onChange={(event) => set({ cut_off: event.currentTarget.value || null })}
        />
        <TextInput
          label={t("administration.field.source")}
          value={source}
          onChange={(event) => set({ source: event.currentTarget.value })}
          required
          data-testid="hours-source"
        />
        <NativeSelect
          label={t("administration.field.grade")}
          value={grade}
          onChange={({ currentTarget: { value } }) => set({ grade: value as Grade })}
          data={(["A", "B", "C", "D"] as const).map((one) => ({ value: one, label: word("grade", one, t) }))}
        />
      </div>
      <Consequences
        steps={steps}
        wish={wish}
        label={t("administration.calendar.confirmHours")}
        onCancel={onDone}
      />
    </div>
  );
}

function ThresholdsForm({ data }: { data: Thresholds }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  const [typed, setTyped] = useState<Partial<Thresholds>>({});
  const fields = { ...data, ...typed };
  const save = useMutation({
    mutationFn: () => {
      const { amber_days, amber_share, answer_amber_hours, answer_red_hours } = fields;
      return calendar.putThresholds({ amber_days, amber_share, answer_amber_hours, answer_red_hours });
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: CALENDAR });
      setTyped({});
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const number = (name: keyof Thresholds, most: number, scale = 1, suffix = "") => (
    <NumberInput
      label={t(`administration.calendar.${name}`)}
      value={Math.round(fields[name] * scale * 100) / 100}
      min={0}
      max={most}
      allowNegative={false}
      decimalSeparator={lang === "vi" ? "," : "."}
      suffix={suffix}
      onChange={(value) => typeof value === "number" && setTyped({ ...typed, [name]: value / scale })}
      data-testid={`threshold-${name}`}
    />
  );
  return (
    <form onSubmit={submit}>
      <p className={classes.dimmed}>{t("administration.calendar.thresholdsWhat")}</p>
      <div className={classes.fields}>
        {number("amber_days", 60)}
        {number("amber_share", 100, 100, " %")}
        {number("answer_amber_hours", 200)}
        {number("answer_red_hours", 200)}
      </div>
      {save.error && <ProblemAlert problem={asProblem(save.error)} />}
      {save.isSuccess && (
        <Alert color="green" icon={<Icon name="check" />} mt="sm" role="status">
          {t("administration.saved")}
        </Alert>
      )}
      <Button
        type="submit"
        mt="sm"
        loading={save.isPending}
        disabled={!Object.keys(typed).length}
        data-testid="thresholds-save"
      >
        {t("administration.save")}
      </Button>
    </form>
  );
}
