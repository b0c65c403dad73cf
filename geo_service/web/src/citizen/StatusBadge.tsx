import type { StatusCode } from "../api/dossierTypes";
import { Icon, type IconName } from "../ui/icons";
import classes from "./Citizen.module.css";

type Look = "new" | "running" | "waits" | "good" | "over";

const LOOKS: Record<StatusCode, [Look, IconName]> = {
  1: ["new", "inbox"],
  2: ["running", "check"],
  3: ["over", "close"],
  4: ["running", "clock"],
  5: ["waits", "warning"],
  6: ["waits", "warning"],
  7: ["over", "undo"],
  8: ["over", "close"],
  9: ["good", "check"],
  10: ["good", "check"],
};

/** Where a dossier is, by sign, words and colour. */
export function StatusBadge({ code, name }: { code: StatusCode; name: string }) {
  const [look, icon] = LOOKS[code];
  return (
    <span className={classes.status} data-look={look} data-status={code} data-testid="status">
      <Icon name={icon} size={18} />
      {name}
    </span>
  );
}
