import { type KeyboardEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { CalendarDay } from "../api/administrationTypes";
import { day as dayText, isoDay } from "../format";
import { useView } from "../state/view";
import classes from "./Calendar.module.css";
import { type DayState, dayByKey, stateOf, weeksOf } from "./year";

interface Props {
  year: number;
  days: ReadonlyMap<string, CalendarDay>;
  chosen: string | null;
  onChoose: (day: string) => void;
}

/** Colour is never alone: each kind has a letter. */
export const MARKS: Record<Exclude<DayState, "weekend" | "working">, { vi: string; en: string }> = {
  holiday: { vi: "L", en: "H" },
  compensation: { vi: "B", en: "C" },
  swap_off: { vi: "N", en: "O" },
  swap_on: { vi: "Đ", en: "W" },
};

/** A year on the wall; arrow keys go from day to day. */
export function YearView({ year, days, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const today = isoDay(new Date());
  const entry = chosen?.startsWith(`${year}-`)
    ? chosen
    : today.startsWith(`${year}-`)
      ? today
      : `${year}-01-01`;
  const wall = useRef<HTMLDivElement>(null);
  // the form beside it narrows the wall: the day stays in sight
  useEffect(() => {
    if (chosen) wall.current?.querySelector(`[data-day="${chosen}"]`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const onKey = (event: KeyboardEvent<HTMLButtonElement>) => {
    const next = dayByKey(event.currentTarget.dataset.day ?? "", event.key);
    if (!next) return;
    event.preventDefault();
    wall.current?.querySelector<HTMLElement>(`[data-day="${next}"]`)?.focus();
  };
  const months = Array.from({ length: 12 }, (_, month) => month);
  const monthName = new Intl.DateTimeFormat(lang === "vi" ? "vi-VN" : "en-GB", {
    month: "long",
    timeZone: "UTC",
  });
  const weekdays = [1, 2, 3, 4, 5, 6, 7] as const;
  return (
    <div className={classes.wall} ref={wall} data-testid="year">
      {months.map((month) => (
        <section
          key={month}
          className={classes.month}
          aria-label={monthName.format(Date.UTC(year, month, 1))}
        >
          <h3>{monthName.format(Date.UTC(year, month, 1))}</h3>
          <table>
            <thead>
              <tr>
                {weekdays.map((one) => (
                  <th key={one} scope="col" aria-label={t(`administration.calendar.weekday.${one}`)}>
                    {t(`administration.calendar.weekdayShort.${one}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {weeksOf(year, month).map((week, w) => (
                <tr key={w}>
                  {week.map((day, d) => (
                    <td key={day ?? `${w}/${d}`}>
                      {day && (
                        <Day
                          day={day}
                          said={days.get(day)}
                          today={day === today}
                          chosen={day === chosen}
                          entry={day === entry}
                          onChoose={onChoose}
                          onKey={onKey}
                        />
                      )}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ))}
    </div>
  );
}

interface DayProps {
  day: string;
  said: CalendarDay | undefined;
  today: boolean;
  chosen: boolean;
  /** where Tab comes in */
  entry: boolean;
  onChoose: (day: string) => void;
  onKey: (event: KeyboardEvent<HTMLButtonElement>) => void;
}

function Day({ day, said, today, chosen, entry, onChoose, onKey }: DayProps) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const state = stateOf(day, said);
  const mark = state === "weekend" || state === "working" ? null : MARKS[state][lang];
  const label = [
    dayText(day),
    t(`administration.calendar.state.${state}`),
    said && (lang === "vi" ? said.name_vi : said.name_en),
    said?.provisional && t("administration.calendar.provisional"),
    today && t("administration.calendar.today"),
  ]
    .filter(Boolean)
    .join(", ");
  return (
    <button
      type="button"
      className={classes.day}
      data-state={state}
      data-provisional={said?.provisional ?? false}
      data-today={today}
      data-day={day}
      aria-pressed={chosen}
      aria-label={label}
      title={label}
      tabIndex={entry ? 0 : -1}
      onClick={() => onChoose(day)}
      onKeyDown={onKey}
      data-testid={`day-${day}`}
    >
      {Number(day.slice(8))}
      {mark && (
        <span className={classes.mark} aria-hidden="true">
          {mark}
          {said?.provisional && "?"}
        </span>
      )}
    </button>
  );
}
