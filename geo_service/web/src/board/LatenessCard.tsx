import { useTranslation } from "react-i18next";
import type { BoardQuestion, Forecast } from "../api/board";
import { useCell, useForecast } from "../api/boardQueries";
import { useSession } from "../api/queries";
import { nameOf } from "../citizen/words";
import { integer } from "../format";
import { may } from "../session/may";
import { openDossier, useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import classes from "./Board.module.css";
import { percent, tenth } from "./figures";
import { Tally } from "./Tally";

const MOST = 4;

/** Running dossiers that will probably be late, and how well that could be said of the last weeks. */
export function LatenessCard({ question }: { question: BoardQuestion }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const forecast = useForecast(question);
  return (
    <Card title={t("board.risk.title")}>
      <Loaded query={forecast}>
        {({ lateness }) => (
          <div data-testid="board-risk">
            <p className={classes.risk}>
              <Icon name="warning" size={28} />
              <Tally
                value={lateness.at_risk.length}
                cell="at_risk"
                title={t("board.risk.title")}
                className={classes.big}
              />
              <span>
                {t("board.risk.of", {
                  running: integer(lateness.running, lang),
                  judged: integer(lateness.judged, lang),
                })}
              </span>
            </p>
            <Risky question={question} risks={lateness.at_risk} />
            <p className={classes.words}>{t("board.risk.how")}</p>
            <Measured measured={lateness.measured} />
          </div>
        )}
      </Loaded>
    </Card>
  );
}

/** The most probable ones: what they still need, and what they have. */
function Risky({ question, risks }: { question: BoardQuestion; risks: Forecast["lateness"]["at_risk"] }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const reads = may(useSession().data?.user, "dossier.read");
  const listed = useCell(question, reads && risks.length ? "at_risk" : null, null, 0).data?.items ?? [];
  const known = new Map(listed.map((dossier) => [dossier.id, dossier]));
  const shown = risks.slice(0, MOST).flatMap((risk) => {
    const dossier = known.get(risk.id);
    return dossier ? [{ risk, dossier }] : [];
  });
  if (!shown.length) return null;
  return (
    <ul className={classes.risky}>
      {shown.map(({ risk, dossier }) => (
        <li key={dossier.id}>
          <button type="button" className={classes.item} onClick={() => openDossier(dossier.id)}>
            <span className={classes.itemHead}>
              <b>{dossier.code}</b>
              <span className={classes.lost}>
                {t("board.risk.share", { n: percent(risk.risk, lang, 0) })}
              </span>
            </span>
            <span>
              {nameOf(dossier.procedure, lang)} · {nameOf(dossier.step, lang)}
            </span>
            <span className={classes.dimmed}>
              {t("board.risk.needs", {
                needs: tenth(risk.needs_days, lang),
                has: tenth(risk.has_days, lang),
              })}{" "}
              · {dossier.competent_unit.name}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Measured({ measured }: { measured: Forecast["lateness"]["measured"] }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  if (!measured) return <p className={classes.words}>{t("board.risk.untried")}</p>;
  const { tried, late, flagged, right, precision, recall } = measured;
  return (
    <>
      <p className={classes.words} data-testid="risk-words">
        {t("board.risk.tried", {
          tried: integer(tried, lang),
          late: integer(late, lang),
          flagged: integer(flagged, lang),
          right: integer(right, lang),
        })}
      </p>
      <dl className={classes.scores}>
        <div>
          <dt>{t("board.risk.precision")}</dt>
          <dd>{precision === null ? "–" : percent(precision, lang, 0)}</dd>
        </div>
        <div>
          <dt>{t("board.risk.recall")}</dt>
          <dd>{recall === null ? "–" : percent(recall, lang, 0)}</dd>
        </div>
      </dl>
    </>
  );
}
