import { useTranslation } from "react-i18next";
import type { Definition } from "../api/administrationTypes";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import type { Chosen } from "./chosen";
import classes from "./Flow.module.css";
import { countErrors, type Located, ofRow } from "./findings";
import { nameOf, stepFoot, word } from "./words";

interface Props {
  definition: Definition;
  found: readonly Located[];
  onChoose: (chosen: Chosen) => void;
}

/** The same as the picture, one step after the other: for small screens and for those who listen to it. */
export function FlowList({ definition, found, onChoose }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  return (
    <ol className={classes.list} data-testid="flow-list">
      {definition.steps.map((step, index) => {
        const actions = definition.actions.flatMap((action, i) =>
          action.from === step.code ? [{ action, i }] : [],
        );
        return (
          <li key={index} className={classes.item} data-clock={step.clock}>
            <button
              type="button"
              className={classes.itemHead}
              onClick={() => onChoose({ part: "steps", index })}
              data-testid={`list-step-${step.code}`}
            >
              <span className={classes.badge} aria-label={word("status", step.status, t)}>
                {step.status}
              </span>
              <span>
                <b>{nameOf(step, lang) || t("administration.nameless")}</b>
                <span className={classes.dimmed}>{stepFoot(step, t).join(" · ")}</span>
              </span>
              <Flag found={ofRow(found, definition, "steps", index)} />
              <Icon name="pencil" />
            </button>
            {actions.length > 0 && (
              <ul className={classes.itemActions}>
                {actions.map(({ action, i }) => {
                  const target = definition.steps.find(({ code }) => code === action.to);
                  return (
                    <li key={i}>
                      <button
                        type="button"
                        className={classes.itemAction}
                        onClick={() => onChoose({ part: "actions", index: i })}
                      >
                        <Icon name="right" size={18} />
                        <span>
                          {nameOf(action, lang) || t("administration.nameless")}
                          <span className={classes.dimmed}>
                            {" → "}
                            {target ? nameOf(target, lang) : action.to}
                          </span>
                        </span>
                        <Flag found={ofRow(found, definition, "actions", i)} />
                      </button>
                    </li>
                  );
                })}
              </ul>
            )}
          </li>
        );
      })}
    </ol>
  );
}

export function Flag({ found }: { found: readonly Located[] }) {
  const { t } = useTranslation();
  if (!found.length) return null;
  return (
    <span className={classes.flag} data-errors={countErrors(found) > 0}>
      <Icon name="warning" />
      {t("administration.foundHere", { count: found.length })}
    </span>
  );
}
