import { useTranslation } from "react-i18next";
import { useCalendars } from "../api/citizenQueries";
import type { Limit, Tone } from "../api/dossierTypes";
import { day } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Citizen.module.css";
import { dueOf, limitWords, momentWords, yearsBetween } from "./words";

interface Props {
  due: string | null;
  tone: Tone | null;
  finished: string | null;
  received: string | null;
  promised?: string | null;
  /** why the clock stands still, in words */
  waits: string | null;
  limit?: Limit | null;
}

/** When a dossier is due, in words: how many working days are left, or why no time runs. */
export function Deadline({ due, tone, finished, received, promised, waits, limit }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  return (
    <div
      className={classes.deadline}
      data-tone={finished ? "none" : (tone ?? (waits ? "waits" : "none"))}
      data-testid="deadline"
    >
      <Icon name={finished ? "check" : "clock"} />
      <div>
        {finished ? (
          t("citizen.due.finished", { date: day(finished) })
        ) : due ? (
          <Running due={due} />
        ) : waits ? (
          t("citizen.due.waits", { reason: waits })
        ) : received ? (
          t("citizen.due.none")
        ) : (
          t("citizen.due.notYet")
        )}
        {!finished && !due && limit && (
          <div className={classes.small}>{t("citizen.due.limit", { limit: limitWords(limit, lang) })}</div>
        )}
        {!finished && promised && (
          <div className={classes.small}>
            {t("citizen.due.promised", { on: momentWords(promised, lang) })}
          </div>
        )}
      </div>
    </div>
  );
}

function Running({ due }: { due: string }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const now = new Date().toISOString();
  const calendars = useCalendars(yearsBetween(now, due));
  const { late, days, on } = dueOf(due, Date.parse(now), calendars, lang);
  if (late) return days ? t("citizen.due.late", { count: days, on }) : t("citizen.due.lateToday", { on });
  return days ? t("citizen.due.left", { count: days, on }) : t("citizen.due.on", { on });
}
