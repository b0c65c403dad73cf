import { Button, Drawer, Group, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { BoardQuestion } from "../api/board";
import { useCell } from "../api/boardQueries";
import type { DossierBrief } from "../api/dossierTypes";
import { nameOf } from "../citizen/words";
import { TermWord } from "../dossier/Badges";
import { dateTime, integer } from "../format";
import { openDossier, useView } from "../state/view";
import { Loaded } from "../ui/Loaded";
import classes from "./Board.module.css";
import { boardView, type Chosen, useBoardView } from "./boardView";

/** As many as the service puts on a page. */
const PAGE = 50;

/** The dossiers behind a number. */
export function Behind({ question }: { question: BoardQuestion }) {
  const { t } = useTranslation();
  const { chosen } = useBoardView();
  return (
    <Drawer
      opened={chosen !== null}
      onClose={() => boardView.set({ chosen: null })}
      position="right"
      size="lg"
      lockScroll={false}
      title={chosen?.title}
      closeButtonProps={{ "aria-label": t("close") }}
      classNames={{ title: classes.drawerTitle ?? "" }}
      data-testid="board-behind"
    >
      {chosen && <List key={JSON.stringify(chosen)} question={question} chosen={chosen} />}
    </Drawer>
  );
}

function List({ question, chosen }: { question: BoardQuestion; chosen: Chosen }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const [offset, setOffset] = useState(0);
  const { unit, procedure, cell, detail } = chosen;
  const query = useCell({ ...question, unit, procedure }, cell, detail, offset);
  return (
    <Loaded query={query}>
      {({ items, total }) => (
        <>
          <Text c="dimmed" role="status" data-testid="behind-total">
            {t("board.behind.total", { n: integer(total, lang) })}
          </Text>
          <ul className={classes.behind}>
            {items.map((dossier) => (
              <Item key={dossier.id} dossier={dossier} />
            ))}
          </ul>
          {total > PAGE && (
            <Group justify="space-between">
              <Button variant="subtle" disabled={offset === 0} onClick={() => setOffset(offset - PAGE)}>
                {t("board.behind.back")}
              </Button>
              <Text>
                {integer(offset + 1, lang)}–{integer(Math.min(offset + PAGE, total), lang)}
              </Text>
              <Button
                variant="subtle"
                disabled={offset + PAGE >= total}
                onClick={() => setOffset(offset + PAGE)}
              >
                {t("board.behind.on")}
              </Button>
            </Group>
          )}
        </>
      )}
    </Loaded>
  );
}

function Item({ dossier }: { dossier: DossierBrief }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { id, code, procedure, step, status, competent_unit, due_at, finished_at } = dossier;
  const at = finished_at ?? due_at;
  return (
    <li>
      <button
        type="button"
        className={classes.item}
        onClick={() => openDossier(id)}
        data-testid={`behind-${code}`}
      >
        <span className={classes.itemHead}>
          <b>{code}</b>
          <TermWord dossier={dossier} />
        </span>
        <span>{nameOf(procedure, lang)}</span>
        <span className={classes.dimmed}>
          {finished_at ? nameOf(status, lang) : nameOf(step, lang)} · {competent_unit.name}
          {at && ` · ${t(finished_at ? "board.behind.finished" : "board.behind.due", { at: dateTime(at) })}`}
        </span>
      </button>
    </li>
  );
}
