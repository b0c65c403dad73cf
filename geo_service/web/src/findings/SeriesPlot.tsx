import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Finding, IndexName } from "../api/findings";
import { day } from "../format";
import { useView } from "../state/view";
import classes from "./Findings.module.css";
import { INDICES, type PlotSize, plotOf } from "./plot";
import { index } from "./words";

const SIZE: PlotSize = { width: 460, height: 210, left: 58, right: 12, top: 10, bottom: 30 };
const INK: Record<IndexName, string> = { ndvi: "#15693b", ndbi: "#b42318", ndwi: "#1d4ed8", bsi: "#8a5a12" };
/** Told apart without colours as well. */
const DASH: Record<IndexName, string> = { ndvi: "", ndbi: "7 4", ndwi: "2 4", bsi: "9 3 2 3" };

/** The indices of the place over time; gaps where nothing could be seen, upright lines at the two images that were compared. */
export function SeriesPlot({ finding: { series, before_at, after_at } }: { finding: Finding }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const plot = plotOf(series, INDICES, [before_at, after_at], SIZE);
  if (!plot)
    return (
      <Text c="dimmed" data-testid="finding-plot-short">
        {t("finding.series.short")}
      </Text>
    );
  const words = plot.lines.map(({ name, points }) =>
    t("finding.series.words", {
      name: t(`finding.series.${name}`),
      first: index(points[0]?.value ?? 0, lang),
      last: index(points.at(-1)?.value ?? 0, lang),
      n: points.length,
    }),
  );
  const bottom = SIZE.height - SIZE.bottom;
  return (
    <figure className={classes.plot} data-testid="finding-plot">
      <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} role="img" aria-label={words.join("; ")}>
        {plot.levels.map(({ y, value }) => (
          <g key={value}>
            <line x1={SIZE.left} x2={SIZE.width - SIZE.right} y1={y} y2={y} className={classes.level} />
            <text x={SIZE.left - 6} y={y + 5} textAnchor="end">
              {index(value, lang)}
            </text>
          </g>
        ))}
        {plot.years.map(({ x, year }) => (
          <g key={year}>
            <line x1={x} x2={x} y1={bottom} y2={bottom + 5} className={classes.tick} />
            <text x={x} y={SIZE.height - 8} textAnchor="middle">
              {year}
            </text>
          </g>
        ))}
        {plot.marks.map((x) => (
          <line key={x} x1={x} x2={x} y1={SIZE.top} y2={bottom} className={classes.mark} />
        ))}
        {plot.unseen.map((x) => (
          <path
            key={x}
            d={`M${x - 3} ${bottom - 8}l6 6m0 -6l-6 6`}
            className={classes.cross}
            aria-label={t("finding.series.unseen")}
          />
        ))}
        {plot.lines.map(({ name, path, points }) => (
          <g key={name} stroke={INK[name]} fill={INK[name]}>
            <path d={path} fill="none" strokeWidth={2} strokeDasharray={DASH[name]} />
            {points.map(({ x, y, date, value }) => (
              <circle key={date} cx={x} cy={y} r={2.6} stroke="none">
                <title>{`${day(date)}: ${index(value, lang)}`}</title>
              </circle>
            ))}
          </g>
        ))}
      </svg>
      <ul className={classes.keys}>
        {plot.lines.map(({ name }) => (
          <li key={name}>
            <svg width="30" height="8" aria-hidden="true">
              <line
                x1="0"
                x2="30"
                y1="4"
                y2="4"
                stroke={INK[name]}
                strokeWidth="2.5"
                strokeDasharray={DASH[name]}
              />
            </svg>
            {t(`finding.series.${name}`)}
          </li>
        ))}
        {plot.unseen.length > 0 && <li>× {t("finding.series.unseen")}</li>}
      </ul>
    </figure>
  );
}
