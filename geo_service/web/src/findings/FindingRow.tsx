import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { FindingBrief } from "../api/findings";
import { useLandUse } from "../api/queries";
import { area, day } from "../format";
import { openFinding, useView } from "../state/view";
import classes from "./Findings.module.css";
import { findingsView } from "./findingsView";
import { landUseName, percent, placeName, stateLook, transitionName, unitWords } from "./words";

/** A finding in the work list: what, where, how large, how likely. */
export function FindingRow({ finding, chosen }: { finding: FindingBrief; chosen: boolean }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const known = useLandUse().data?.items ?? [];
  const { id, number, transition, area_m2, probability, state, before_at, after_at } = finding;
  return (
    <li>
      <button
        type="button"
        className={classes.row}
        aria-current={chosen}
        onClick={() => {
          findingsView.set({ chosen: id });
          openFinding(id);
        }}
        data-finding={id}
        data-testid={`finding-${number}`}
      >
        <span className={classes.number}>{number}</span>
        <span className={classes.what}>
          <b>{transitionName(transition, t)}</b>
          <span>
            {placeName(finding, t)} · {unitWords(finding, t)}
          </span>
          {finding.land_use && (
            <span className={classes.dimmed}>{landUseName(finding.land_use, known, lang)}</span>
          )}
          <span className={`${classes.dimmed} ${classes.pair}`}>
            {t("finding.pair", { before: day(before_at), after: day(after_at) })}
          </span>
          <span className={classes.badges}>
            {state !== "open" && (
              <Badge variant="light" style={stateLook(state)}>
                {t(`finding.state.${state}`)}
              </Badge>
            )}
            {finding.dossier_id && <Badge variant="light">{t("finding.inspecting")}</Badge>}
          </span>
        </span>
        <span className={classes.figures}>
          <b>{area(area_m2, lang)}</b>
          <Likelihood value={probability} />
        </span>
      </button>
    </li>
  );
}

/** A share as a bar with its number. */
export function Likelihood({ value }: { value: number }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  return (
    <span className={classes.likelihood} title={t("finding.probability")}>
      <span className={classes.bar} aria-hidden="true">
        <span style={{ width: `${Math.round(value * 100)}%` }} />
      </span>
      <span>
        <span className={classes.unseen}>{t("finding.probability")} </span>
        {percent(value, lang)}
      </span>
    </span>
  );
}
