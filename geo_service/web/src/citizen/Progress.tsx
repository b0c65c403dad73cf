import { useTranslation } from "react-i18next";
import type { StatusCode } from "../api/dossierTypes";
import { Icon } from "../ui/icons";
import classes from "./Citizen.module.css";

const STAGES = ["filed", "received", "working", "decided", "returned"] as const;

/** How far a status is along the way; one that ended early stays where it ended. */
function stageOf(status: StatusCode, received: boolean): number {
  if (status === 10) return 4;
  if (status === 9) return 3;
  if (status === 1 || status === 3 || !received) return 0;
  return status === 2 ? 1 : 2;
}

/** The way of a dossier from filing to its result. */
export function Progress({ status, received }: { status: StatusCode; received: boolean }) {
  const { t } = useTranslation();
  const at = stageOf(status, received);
  const ended = status === 3 || status === 7 || status === 8;
  return (
    <ol className={classes.progress} aria-label={t("citizen.progress.label")} data-testid="progress">
      {STAGES.map((stage, i) => {
        const state = i < at || status === 10 ? "done" : i === at ? (ended ? "ended" : "now") : "ahead";
        return (
          <li key={stage} data-state={state} aria-current={i === at ? "step" : undefined}>
            <span className={classes.dot}>
              {state === "done" ? (
                <Icon name="check" size={18} />
              ) : state === "ended" ? (
                <Icon name="close" size={18} />
              ) : (
                i + 1
              )}
            </span>
            <span>
              {t(`citizen.progress.${stage}`)}
              <span className={classes.unseen}> – {t(`citizen.progress.state.${state}`)}</span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}
