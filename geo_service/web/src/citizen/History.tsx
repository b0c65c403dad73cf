import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { When } from "../ui/When";
import classes from "./Citizen.module.css";

export interface Happened {
  at: string;
  kind: string;
  /** what was done and where the dossier went, in the language of the reader */
  action: string | null;
  step: string | null;
  note?: string | null;
  /** how often in a row */
  times: number;
}

/** One line for several papers handed in one after the other. */
export function gathered(events: readonly Omit<Happened, "times">[]): Happened[] {
  const lines: Happened[] = [];
  for (const event of events) {
    const last = lines.at(-1);
    if (last?.kind === event.kind && !event.action && !event.note) {
      lines[lines.length - 1] = { ...event, times: last.times + 1 };
    } else lines.push({ ...event, times: 1 });
  }
  return lines;
}

const KNOWN = ["open", "attach", "remove", "comment", "calendar", "message", "issue"] as const;

function saying({ kind, action, times }: Happened, t: TFunction): string {
  if (action) return action;
  const known = KNOWN.find((one) => one === kind);
  return known ? t(`citizen.happened.${known}`, { count: times }) : kind;
}

/** What happened, the newest first. */
export function History({ events }: { events: readonly Happened[] }) {
  const { t } = useTranslation();
  return (
    <ol className={classes.history} reversed data-testid="dossier-history">
      {[...events].reverse().map((event, i) => (
        <li key={`${event.at}/${events.length - i}`}>
          <When at={event.at} />
          <div>
            <b>{saying(event, t)}</b>
            {event.step && <div>{event.step}</div>}
            {event.note && <blockquote className={classes.note}>{event.note}</blockquote>}
          </div>
        </li>
      ))}
    </ol>
  );
}
