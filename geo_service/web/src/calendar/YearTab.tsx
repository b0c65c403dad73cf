import { ActionIcon, Alert, Badge, Group, NativeSelect } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCalendar } from "../api/administrationQueries";
import type { CalendarDay, DayKind, WorkingCalendar } from "../api/administrationTypes";
import { word } from "../catalogue/words";
import { day as dayText, integer, isoDay } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import table from "../ui/Table.module.css";
import classes from "./Calendar.module.css";
import { DayDrawer } from "./DayForm";
import { SourceText } from "./SourceText";
import { MARKS, YearView } from "./YearView";
import { spansOf } from "./year";

const FIRST = 2020;
const LAST = 2040;
const KINDS = Object.keys(MARKS) as DayKind[];

/** A year of working days, holidays and swapped days; each day can be changed. */
export function YearTab() {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const [year, setYear] = useState(Number(isoDay(new Date()).slice(0, 4)));
  const [chosen, setChosen] = useState<string | null>(null);
  const calendar = useCalendar(year);
  const go = (to: number) => {
    setYear(to);
    setChosen(null);
  };
  return (
    <div className={`${classes.stack} ${classes.beside}`} data-drawer={chosen !== null}>
      <Group gap="xs">
        <ActionIcon
          variant="default"
          size="lg"
          disabled={year === FIRST}
          onClick={() => go(year - 1)}
          aria-label={t("administration.calendar.yearBefore")}
        >
          <Icon name="left" />
        </ActionIcon>
        <NativeSelect
          aria-label={t("administration.calendar.year")}
          value={year}
          onChange={(event) => go(Number(event.currentTarget.value))}
          data={Array.from({ length: LAST - FIRST + 1 }, (_, i) => String(FIRST + i))}
          data-testid="calendar-year"
        />
        <ActionIcon
          variant="default"
          size="lg"
          disabled={year === LAST}
          onClick={() => go(year + 1)}
          aria-label={t("administration.calendar.yearAfter")}
        >
          <Icon name="right" />
        </ActionIcon>
        {calendar.data && (
          <span role="status" data-testid="working-days">
            {t("administration.calendar.workingDays", {
              n: integer(calendar.data.working_days, lang),
              year: calendar.data.year,
            })}
          </span>
        )}
      </Group>
      <ul className={classes.legend}>
        {KINDS.map((kind) => (
          <li key={kind}>
            <span className={classes.swatch} data-state={kind}>
              {MARKS[kind][lang]}
            </span>
            {t(`administration.calendar.state.${kind}`)}
          </li>
        ))}
        <li>
          <span className={classes.swatch} data-state="weekend" />
          {t("administration.calendar.state.weekend")}
        </li>
        <li>
          <span className={classes.swatch} data-state="holiday" data-provisional="true">
            ?
          </span>
          {t("administration.calendar.provisional")}
        </li>
      </ul>
      <Loaded query={calendar}>
        {(data) => (
          <>
            {data.days.some(({ provisional }) => provisional) && (
              <Alert color="yellow" icon={<Icon name="warning" />} data-testid="provisional-note">
                {t("administration.calendar.provisionalNote", { year: data.year })}
              </Alert>
            )}
            <YearView year={data.year} days={byDay(data)} chosen={chosen} onChoose={setChosen} />
            <Listed days={data.days} year={data.year} onChoose={setChosen} />
            <DayDrawer
              day={chosen}
              said={data.days.find(({ day }) => day === chosen)}
              onClose={() => setChosen(null)}
            />
          </>
        )}
      </Loaded>
    </div>
  );
}

const byDay = ({ days }: WorkingCalendar): Map<string, CalendarDay> =>
  new Map(days.map((one) => [one.day, one]));

/** The same days as a list, with what they rest on. */
function Listed({
  days,
  year,
  onChoose,
}: {
  days: readonly CalendarDay[];
  year: number;
  onChoose: (day: string) => void;
}) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  return (
    <Card title={t("administration.calendar.listed", { year })}>
      <table className={table.table} data-testid="calendar-days">
        <thead>
          <tr>
            <th scope="col">{t("administration.calendar.day")}</th>
            <th scope="col">{t("administration.calendar.name")}</th>
            <th scope="col">{t("administration.calendar.kind")}</th>
            <th scope="col">{t("administration.field.source")}</th>
            <th scope="col">{t("administration.field.grade")}</th>
          </tr>
        </thead>
        <tbody>
          {spansOf(days).map(({ first, last, count }) => (
            <tr key={first.day}>
              <td data-label={t("administration.calendar.day")} className={table.nowrap}>
                <button type="button" className={classes.link} onClick={() => onChoose(first.day)}>
                  {count === 1 ? dayText(first.day) : `${dayText(first.day)} – ${dayText(last)}`}
                </button>
              </td>
              <td data-label={t("administration.calendar.name")}>
                {lang === "vi" ? first.name_vi : first.name_en}
              </td>
              <td data-label={t("administration.calendar.kind")}>
                <span className={classes.marks}>
                  {t(`administration.calendar.state.${first.kind}`)}
                  {first.provisional && (
                    <Badge variant="light" color="yellow">
                      {t("administration.calendar.provisional")}
                    </Badge>
                  )}
                </span>
              </td>
              <td data-label={t("administration.field.source")}>
                <SourceText text={first.source} />
              </td>
              <td data-label={t("administration.field.grade")}>{word("grade", first.grade, t)}</td>
            </tr>
          ))}
          {!days.length && (
            <tr>
              <td colSpan={5}>{t("administration.calendar.noDays")}</td>
            </tr>
          )}
        </tbody>
      </table>
    </Card>
  );
}
