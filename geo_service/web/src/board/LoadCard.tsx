import { useElementSize } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import type { BoardQuestion, Forecast } from "../api/board";
import { useForecast } from "../api/boardQueries";
import { day, integer } from "../format";
import { useView } from "../state/view";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import classes from "./Board.module.css";
import { percent, scaleOf, tenth } from "./figures";

const HEIGHT = 250;
const EDGE = { top: 12, right: 24, bottom: 30, left: 40 };
/** Room that a day needs, in pixels. */
const DAY_WIDTH = 13;

type Load = Forecast["load"];

/** What came on the last working days and what is to come, with how wrong such forecasts were. */
export function LoadCard({ question }: { question: BoardQuestion }) {
  const { t } = useTranslation();
  const forecast = useForecast(question);
  return (
    <Card title={t("board.load.title")}>
      <Loaded query={forecast}>
        {({ load }) => (
          <div data-testid="board-load">
            <Chart load={load} />
            <Key load={load} />
            <Words load={load} />
          </div>
        )}
      </Loaded>
    </Card>
  );
}

function Chart({ load }: { load: Load }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { ref, width } = useElementSize();
  const room = width - EDGE.left - EDGE.right;
  const past = load.history.slice(-Math.max(10, Math.floor(room / DAY_WIDTH) - load.days.length));
  const number = past.length + load.days.length;
  const { top, lines } = scaleOf(
    Math.max(
      ...past.map((one) => Math.max(one.received, one.finished)),
      ...load.days.map(({ high }) => high),
      1,
    ),
  );
  const x = (place: number) => EDGE.left + (room * (place + 0.5)) / Math.max(1, number);
  const y = (value: number) => EDGE.top + (HEIGHT - EDGE.top - EDGE.bottom) * (1 - value / top);
  const bar = Math.max(2, (room / Math.max(1, number)) * 0.68);
  const every = Math.max(1, Math.ceil((number * 52) / Math.max(1, room)));
  const days = [...past, ...load.days];
  const first = past.length;
  return (
    <div ref={ref} className={classes.chartBox}>
      {width > 0 && (
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={t("board.load.label", {
            n: integer(
              past.reduce((sum, one) => sum + one.received, 0),
              lang,
            ),
            days: past.length,
          })}
        >
          {lines.map((line) => (
            <g key={line}>
              <line
                x1={EDGE.left}
                x2={width - EDGE.right}
                y1={y(line)}
                y2={y(line)}
                className={classes.grid}
              />
              <text x={EDGE.left - 6} y={y(line) + 5} textAnchor="end" className={classes.axis}>
                {integer(line, lang)}
              </text>
            </g>
          ))}
          {past.map((one, place) => (
            <rect
              key={one.day}
              x={x(place) - bar / 2}
              width={bar}
              y={y(one.received)}
              height={Math.max(0, y(0) - y(one.received))}
              className={classes.came}
            >
              <title>
                {t("board.load.day", {
                  day: day(one.day),
                  received: one.received,
                  finished: one.finished,
                  late: one.late,
                })}
              </title>
            </rect>
          ))}
          <polyline
            points={past.map((one, place) => `${x(place)},${y(one.finished)}`).join(" ")}
            className={classes.done}
          />
          {load.days.length > 0 && (
            <line x1={x(first - 0.5)} x2={x(first - 0.5)} y1={EDGE.top} y2={y(0)} className={classes.today} />
          )}
          {load.days.map((one, place) => (
            <g key={one.day}>
              <rect
                x={x(first + place) - bar / 2}
                width={bar}
                y={y(one.high)}
                height={Math.max(1, y(one.low) - y(one.high))}
                className={classes.between}
              >
                <title>
                  {t("board.load.coming", {
                    day: day(one.day),
                    n: tenth(one.expected, lang),
                    low: tenth(one.low, lang),
                    high: tenth(one.high, lang),
                  })}
                </title>
              </rect>
              <line
                x1={x(first + place) - bar / 2}
                x2={x(first + place) + bar / 2}
                y1={y(one.expected)}
                y2={y(one.expected)}
                className={classes.expected}
              />
            </g>
          ))}
          {days.map((one, place) =>
            (number - 1 - place) % every === 0 ? (
              <text key={one.day} x={x(place)} y={HEIGHT - 8} textAnchor="middle" className={classes.axis}>
                {day(one.day).slice(0, 5)}
              </text>
            ) : null,
          )}
        </svg>
      )}
    </div>
  );
}

function Key({ load }: { load: Load }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  return (
    <ul className={classes.key}>
      <li>
        <svg width="18" height="14" aria-hidden="true">
          <rect x="4" width="10" height="14" className={classes.came} />
        </svg>
        {t("board.received")}
      </li>
      <li>
        <svg width="22" height="14" aria-hidden="true">
          <path d="M0 9L8 4L14 8L22 3" className={classes.done} />
        </svg>
        {t("board.finished")}
      </li>
      {load.method && (
        <li>
          <svg width="18" height="14" aria-hidden="true">
            <rect x="4" width="10" height="14" className={classes.between} />
            <line x1="4" x2="14" y1="7" y2="7" className={classes.expected} />
          </svg>
          {t("board.load.between", { n: percent(load.interval, lang, 0) })}
        </li>
      )}
    </ul>
  );
}

function Words({ load }: { load: Load }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  if (!load.method || !load.model || !load.naive) {
    return (
      <p className={classes.words} data-testid="load-words">
        {t(`board.load.missing.${load.missing ?? "short"}`)}
      </p>
    );
  }
  const [own, other] = load.method === "model" ? [load.model, load.naive] : [load.naive, load.model];
  const words = (error: typeof own) =>
    t("board.load.error", {
      mae: tenth(error.mae, lang),
      mape: error.mape === null ? "–" : percent(error.mape, lang, 0),
    });
  return (
    <p className={classes.words} data-testid="load-words">
      <b>
        {t("board.load.sum", {
          n: integer(Math.round(load.days.reduce((sum, one) => sum + one.expected, 0)), lang),
          days: load.days.length,
        })}
      </b>{" "}
      {t(`board.load.tried.${load.method}`, {
        n: load.tested_days,
        own: words(own),
        other: words(other),
        inside: load.coverage === null ? "–" : percent(load.coverage, lang, 0),
      })}
    </p>
  );
}
