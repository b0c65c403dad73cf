import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { BoardQuestion, StepCount } from "../api/board";
import { useSteps } from "../api/boardQueries";
import { nameOf } from "../citizen/words";
import { integer } from "../format";
import { useView } from "../state/view";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import classes from "./Board.module.css";
import { percent, tenth } from "./figures";
import { Tally } from "./Tally";

const FEW = 6;

/** Where dossiers stay longer than meant: the time lost there, and who has them. */
export function StepsCard({ question }: { question: BoardQuestion }) {
  const { t } = useTranslation();
  const steps = useSteps(question);
  const [all, setAll] = useState(false);
  return (
    <Card title={t("board.steps.title")}>
      <p className={classes.lead}>{t("board.steps.lead")}</p>
      <Loaded query={steps}>
        {({ items }) => {
          const slow = items.filter((step) => step.lost_days > 0 || step.standing_over > 0);
          const most = Math.max(...slow.map((step) => step.lost_days), 1);
          return (
            <>
              <ol className={classes.steps} data-testid="board-steps">
                {slow.slice(0, all ? undefined : FEW).map((step) => (
                  <Step key={`${step.procedure.code}/${step.step.code}`} step={step} most={most} />
                ))}
                {!slow.length && <li>{t("board.steps.none")}</li>}
              </ol>
              {slow.length > FEW && (
                <Button variant="subtle" fullWidth onClick={() => setAll(!all)} className={classes.more}>
                  {all ? t("board.table.less") : t("board.steps.more", { n: slow.length })}
                </Button>
              )}
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}

function Step({ step, most }: { step: StepCount; most: number }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  return (
    <li className={classes.step}>
      <div className={classes.stepHead}>
        <span>
          <b>{nameOf(step.step, lang)}</b> · {lang === "vi" ? step.role_vi : step.role_en}
          <br />
          <span className={classes.dimmed}>{nameOf(step.procedure, lang)}</span>
        </span>
        <span className={classes.lost}>{t("board.steps.lost", { n: tenth(step.lost_days, lang) })}</span>
      </div>
      <svg width="100%" height="8" aria-hidden="true" className={classes.lostBar}>
        <rect width="100%" height="8" rx="4" fill="#ebe8e2" />
        <rect width={`${(step.lost_days / most) * 100}%`} height="8" rx="4" fill="#d94801" />
      </svg>
      <span className={classes.note}>
        {step.stays > 0 &&
          step.days !== null &&
          t("board.steps.over", {
            over: integer(step.over, lang),
            stays: integer(step.stays, lang),
            share: percent(step.over / step.stays, lang, 0),
            days: step.days,
            median: step.median_days === null ? "–" : tenth(step.median_days, lang),
            p90: step.p90_days === null ? "–" : tenth(step.p90_days, lang),
          })}{" "}
        {step.standing > 0 && (
          <>
            {t("board.steps.standing")}{" "}
            <Tally
              value={step.standing}
              cell="step"
              detail={step.step.code}
              procedure={step.procedure.code}
              title={`${nameOf(step.step, lang)} · ${nameOf(step.procedure, lang)}`}
            />
            {step.standing_over > 0 &&
              ` (${t("board.steps.standingOver", { n: integer(step.standing_over, lang) })})`}
          </>
        )}
      </span>
    </li>
  );
}
