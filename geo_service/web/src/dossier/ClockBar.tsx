import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ClockInterval } from "../api/dossierTypes";
import { nameOf } from "../citizen/words";
import { dateTime } from "../format";
import { useView } from "../state/view";
import { DueTime } from "./Badges";
import { clockParts } from "./clockParts";
import classes from "./Dossier.module.css";
import { duration } from "./duration";

/** Where the time went: running parts full, those that do not count hatched, each in words below. */
export function ClockBar({ intervals, due }: { intervals: readonly ClockInterval[]; due: string | null }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const parts = clockParts(intervals, Date.now());
  if (!parts.length) return <Text c="dimmed">{t("dossier.clock.notBegun")}</Text>;
  return (
    <div className={classes.part} data-testid="clock-bar">
      <div className={classes.bar} aria-hidden="true">
        {parts.map((part) => (
          <span key={part.from} data-counts={part.counts} style={{ width: `${100 * part.share}%` }} />
        ))}
      </div>
      <ul className={classes.plain}>
        {parts.map((part) => (
          <li key={part.from} className={classes.line}>
            <span className={classes.swatch} data-counts={part.counts} aria-hidden="true" />
            <Text className={classes.grow}>
              <b>
                {part.counts
                  ? t("dossier.clock.counts")
                  : part.reason
                    ? nameOf(part.reason, lang)
                    : t("dossier.clock.paused")}
              </b>{" "}
              · {duration(part.hours * 60, lang)}
              <br />
              <Text component="span" c="dimmed">
                {dateTime(part.from)} – {part.until ? dateTime(part.until) : t("dossier.clock.now")}
              </Text>
            </Text>
          </li>
        ))}
      </ul>
      {due && (
        <Text>
          {t("dossier.clock.due")}: <DueTime at={due} />
        </Text>
      )}
    </div>
  );
}
