import { Badge, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDesk, useThresholds } from "../api/dossierQueries";
import type { DeskFilter, DossierBrief, Tone } from "../api/dossierTypes";
import { nameOf } from "../citizen/words";
import { duration } from "../dossier/duration";
import { termLook } from "../dossier/looks";
import { dateTime, integer } from "../format";
import { openDossier, useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import classes from "./Counter.module.css";
import { waitedOf } from "./waited";

const FILED: DeskFilter = { q: "", procedure: "", status: "1", unit: "", tone: "" };
const ONLINE = 2;
const TICK_MS = 30_000;

/** What came online and waits for its first answer, longest first, with an alarm. */
export function WaitingList() {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const query = useDesk("todo", FILED, 0);
  const thresholds = useThresholds().data;
  const now = useNow();
  const waiting = (query.data?.items ?? [])
    .filter(({ channel }) => channel === ONLINE)
    .sort((a, b) => a.filed_at.localeCompare(b.filed_at));
  return (
    <Card
      title={t("counter.waiting.title")}
      aside={waiting.length > 0 && <Badge size="lg">{integer(waiting.length, lang)}</Badge>}
    >
      <Loaded query={query}>
        {() =>
          waiting.length ? (
            <ul className={classes.waiting} aria-live="polite" data-testid="counter-waiting">
              {waiting.map((dossier) => (
                <li key={dossier.id}>
                  <Waiting dossier={dossier} waited={waitedOf(dossier, thresholds, now)} />
                </li>
              ))}
            </ul>
          ) : (
            <Text c="dimmed">{t("counter.waiting.none")}</Text>
          )
        }
      </Loaded>
    </Card>
  );
}

function Waiting({
  dossier,
  waited: { minutes, tone },
}: {
  dossier: DossierBrief;
  waited: { minutes: number; tone: Tone };
}) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { code, procedure, filed_at, channel, received_unit } = dossier;
  return (
    <button
      type="button"
      className={classes.waitingItem}
      data-tone={tone}
      onClick={() => openDossier(dossier.id)}
      data-testid={`waiting-${code}`}
    >
      <b className={classes.code}>{code}</b>
      <span>{nameOf(procedure, lang)}</span>
      <span className={classes.dimmed}>
        {received_unit.name} · {t(`dossier.channels.${channel}`)} · {dateTime(filed_at)}
      </span>
      <span className={classes.alarm}>
        <Icon name={termLook(tone).icon} /> {t(`counter.waiting.${tone}`, { time: duration(minutes, lang) })}
      </span>
    </button>
  );
}

/** The moment, kept up as long as somebody looks. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), TICK_MS);
    return () => window.clearInterval(timer);
  }, []);
  return now;
}
