import { useTranslation } from "react-i18next";
import type { CellName } from "../api/board";
import { useSession } from "../api/queries";
import { integer } from "../format";
import { may } from "../session/may";
import { useView } from "../state/view";
import classes from "./Board.module.css";
import { boardView } from "./boardView";

interface Props {
  value: number;
  cell: CellName;
  detail?: string;
  unit?: string;
  procedure?: string;
  /** what it is, and of what */
  title: string;
  className?: string | undefined;
}

/** A number one can look behind; for who reads no dossiers just the number. */
export function Tally({ value, cell, detail, unit, procedure, title, className }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const user = useSession().data?.user;
  const text = integer(value, lang);
  if (value === 0 || !may(user, "dossier.read")) return <span className={className}>{text}</span>;
  return (
    <button
      type="button"
      className={`${classes.number} ${className ?? ""}`}
      onClick={() => {
        const now = boardView.get();
        boardView.set({
          chosen: {
            cell,
            detail: detail ?? null,
            unit: unit ?? now.unit,
            procedure: procedure ?? now.procedure,
            title,
          },
        });
      }}
      aria-label={t("board.open", { n: text, what: title })}
      data-testid={`cell-${cell}${detail ? `-${detail}` : ""}`}
    >
      {text}
    </button>
  );
}
