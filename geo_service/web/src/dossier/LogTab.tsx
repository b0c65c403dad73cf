import { Anchor, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Dossier, DossierEvent } from "../api/dossierTypes";
import { useSession } from "../api/queries";
import { nameOf } from "../citizen/words";
import { dateTime, integer } from "../format";
import { useView, view } from "../state/view";
import { ClockBar } from "./ClockBar";
import classes from "./Dossier.module.css";
import { Part } from "./FormTab";

/** What happened, newest first, and where the time went. */
export function LogTab({ dossier }: { dossier: Dossier }) {
  const { t } = useTranslation();
  return (
    <Stack gap="lg" data-testid="dossier-log">
      <Part title={t("dossier.clock.title")}>
        <ClockBar intervals={dossier.clock} due={dossier.due_at} />
      </Part>
      <Part title={t("dossier.events")}>
        <ol className={classes.events}>
          {[...dossier.events].reverse().map((event) => (
            <Event key={event.id} event={event} />
          ))}
        </ol>
      </Part>
    </Stack>
  );
}

const OTHERS = ["open", "assign", "attach", "remove", "comment", "calendar", "message", "issue"] as const;

function Event({ event }: { event: DossierEvent }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const officer = useSession().data?.user?.capabilities["dossier.read"] !== undefined;
  const { action, from_step, to_step, note, actor, at, map_seq, detail } = event;
  const other = OTHERS.find((kind) => kind === event.kind);
  const words = action ? nameOf(action, lang) : t(`dossier.event.${other ?? "other"}`);
  const moved = to_step && to_step.code !== from_step?.code;
  const due = typeof detail.becomes === "string" ? detail.becomes : null;
  return (
    <li className={classes.event} data-quiet={!moved} data-testid={`event-${event.kind}`}>
      <Text fw={moved ? 600 : 500}>{words}</Text>
      {moved && (
        <Text>
          → {nameOf(to_step, lang)}
          {event.from_status !== event.to_status && event.to_status !== null && (
            <span className={classes.dimmed}> ({t("dossier.statusNumber", { n: event.to_status })})</span>
          )}
        </Text>
      )}
      {due && <Text>{t("dossier.newDue", { date: dateTime(due) })}</Text>}
      <Text c="dimmed">
        <time dateTime={at}>{dateTime(at)}</time>
        {(actor ?? (officer ? t("dossier.byItself") : null)) && <> · {actor ?? t("dossier.byItself")}</>}
      </Text>
      {note && <p className={classes.note}>{note}</p>}
      {map_seq !== null && (
        <Text>
          {t("dossier.mapChanged", { seq: integer(map_seq, lang) })} ·{" "}
          <Anchor component="button" type="button" onClick={() => view.set({ at: map_seq - 1 })}>
            {t("dossier.mapBefore")}
          </Anchor>{" "}
          ·{" "}
          <Anchor component="button" type="button" onClick={() => view.set({ at: null })}>
            {t("dossier.mapNow")}
          </Anchor>
        </Text>
      )}
    </li>
  );
}
