import { Badge, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { DossierBrief } from "../api/dossierTypes";
import { nameOf } from "../citizen/words";
import { ago, dateTime } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Dossier.module.css";
import { statusLook, termLook, termOf } from "./looks";

const readable = { label: { textTransform: "none", fontSize: "1rem" } } as const;
/** Words dark enough to be read on the light ground of their colour. */
const INK: Record<string, string> = {
  blue: "#1e3a8a",
  green: "#14532d",
  yellow: "#713f12",
  red: "#991b1b",
  grape: "#581c87",
  gray: "#44403c",
  teal: "#134e4a",
};

export function StatusBadge({ status }: { status: DossierBrief["status"] }) {
  const lang = useView((v) => v.lang);
  const { icon, color } = statusLook(status.code);
  return (
    <Badge
      variant="light"
      color={color}
      c={INK[color]}
      size="lg"
      leftSection={<Icon name={icon} size={16} />}
      styles={readable}
      data-testid="dossier-status"
      data-status={status.code}
    >
      {nameOf(status, lang)}
    </Badge>
  );
}

type Standing = Pick<DossierBrief, "tone" | "step" | "finished_at">;

/** How it stands with its term, in a sign, a word and a colour. */
export function TermBadge({ dossier }: { dossier: Standing }) {
  const { t } = useTranslation();
  const term = termOf(dossier);
  const { icon, color } = termLook(term);
  return (
    <Badge
      variant="light"
      color={color}
      c={INK[color]}
      size="lg"
      leftSection={<Icon name={icon} size={16} />}
      styles={readable}
      data-term={term}
    >
      {t(`dossier.term.${term}`)}
    </Badge>
  );
}

/** The same in a row of a list. */
export function TermWord({ dossier }: { dossier: Standing }) {
  const { t } = useTranslation();
  const term = termOf(dossier);
  const { icon, color } = termLook(term);
  return (
    <Text component="span" c={INK[color]} fw={600} className={classes.termWord} data-term={term}>
      <Icon name={icon} size={18} /> {t(`dossier.term.${term}`)}
    </Text>
  );
}

/** When it is due, with how far away that is. */
export function DueTime({ at }: { at: string | null }) {
  const lang = useView((v) => v.lang);
  if (at === null) return null;
  return (
    <time dateTime={at} className={classes.due}>
      {dateTime(at)} <span className={classes.dimmed}>({ago(at, Date.now(), lang)})</span>
    </time>
  );
}
