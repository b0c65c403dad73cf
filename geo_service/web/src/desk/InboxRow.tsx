import { Button, Text } from "@mantine/core";
import type { KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../api/queries";
import { nameOf } from "../citizen/words";
import { ago, dateTime } from "../format";
import { TermWord } from "../dossier/Badges";
import { mayTake } from "../dossier/looks";
import { useView } from "../state/view";
import table from "../ui/Table.module.css";
import { When } from "../ui/When";
import classes from "./Desk.module.css";
import type { Row } from "./settle";

interface Props {
  row: Row;
  chosen: boolean;
  /** whether Tab comes here */
  reachable: boolean;
  taking: boolean;
  onChoose: () => void;
  onOpen: () => void;
  onTake: () => void;
}

/** A dossier in the inbox; on a phone a card. */
export function InboxRow({ row: { dossier, gone }, chosen, reachable, taking, ...on }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const user = useSession().data?.user;
  const { id, code, procedure, status, step, competent_unit, step_since, due_at, finished_at, assignee } =
    dossier;
  const takes = !gone && mayTake(user, dossier);
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.target !== event.currentTarget) return;
    event.preventDefault();
    on.onOpen();
  };
  return (
    <tr
      className={classes.row}
      tabIndex={reachable ? 0 : -1}
      aria-selected={chosen}
      data-id={id}
      data-gone={gone}
      data-testid={`inbox-${code}`}
      onFocus={on.onChoose}
      onKeyDown={onKey}
      onClick={on.onOpen}
    >
      <td data-label={t("desk.code")} className={table.nowrap}>
        <b>{code}</b>
      </td>
      <td data-label={t("desk.procedure")}>{nameOf(procedure, lang)}</td>
      <td data-label={t("desk.unit")}>{competent_unit.name}</td>
      <td data-label={t("desk.step")}>
        <span>
          {gone ? <em>{t("desk.moved")}</em> : nameOf(step, lang)}
          <br />
          <span className={table.dimmed}>{nameOf(status, lang)}</span>
        </span>
      </td>
      <td data-label={t("desk.since")}>
        <When at={step_since} />
      </td>
      <td data-label={t("desk.due")}>
        <span>
          <TermWord dossier={dossier} />
          <br />
          <span className={table.nowrap} title={due_at ? ago(due_at, Date.now(), lang) : undefined}>
            {(finished_at ?? due_at) && dateTime(finished_at ?? due_at ?? "")}
          </span>
        </span>
      </td>
      <td data-label={t("desk.assignee")}>
        {assignee?.name ??
          (!takes && (
            <Text component="span" c="dimmed">
              {t("desk.nobody")}
            </Text>
          ))}
        {takes && (
          <Button
            variant="light"
            loading={taking}
            onClick={(event) => {
              event.stopPropagation();
              on.onTake();
            }}
            data-testid={`take-${code}`}
          >
            {t("dossier.take")}
          </Button>
        )}
      </td>
    </tr>
  );
}
