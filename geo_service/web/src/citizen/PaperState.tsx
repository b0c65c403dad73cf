import { useTranslation } from "react-i18next";
import type { WantedPaper } from "../api/dossierTypes";
import { Icon, type IconName } from "../ui/icons";
import classes from "./Citizen.module.css";

const SIGNS: Record<WantedPaper["state"], IconName> = {
  attached: "check",
  held: "shield",
  reusable: "redo",
  missing: "warning",
};

/** Whether a paper is there, by sign and words. */
export function PaperState({ state, required }: { state: WantedPaper["state"]; required: boolean }) {
  const { t } = useTranslation();
  const optional = !required && (state === "missing" || state === "reusable");
  return (
    <span className={classes.paperState} data-state={optional ? "optional" : state}>
      <Icon name={optional ? "plus" : SIGNS[state]} size={18} />
      {t(optional ? "citizen.papers.state.optional" : `citizen.papers.state.${state}`)}
    </span>
  );
}
