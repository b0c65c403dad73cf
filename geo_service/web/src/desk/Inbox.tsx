import { Button, Loader, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { forgetDossier } from "../api/dossierQueries";
import { dossiers } from "../api/dossiers";
import type { DossierBrief, DossierPage } from "../api/dossierTypes";
import { useSession } from "../api/queries";
import { mayTake } from "../dossier/looks";
import { openDossier } from "../state/view";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import table from "../ui/Table.module.css";
import classes from "./Desk.module.css";
import { deskView, useDeskView } from "./deskView";
import { InboxRow } from "./InboxRow";
import { type Settled, settle, stepped } from "./settle";

interface Props {
  /** undefined until the service has said it */
  page: DossierPage | undefined;
  waiting: boolean;
  empty: string;
}

const COLUMNS = ["code", "procedure", "unit", "step", "since", "due", "assignee"] as const;

/** Rows that stay where they are while somebody points at them or walks through them. */
export function Inbox({ page, waiting, empty }: Props) {
  const { t } = useTranslation();
  const { chosen } = useDeskView();
  const { settled, hold, release } = useSettled(page);
  const { rows, fresh } = settled;
  const body = useRef<HTMLTableSectionElement>(null);
  const take = useTake();

  const focus = (id: string | null) =>
    body.current?.querySelector<HTMLElement>(`[data-id="${id}"]`)?.focus({ preventScroll: false });
  const step = (by: 1 | -1) => {
    const next = stepped(rows, chosen, by);
    hold();
    deskView.set({ chosen: next });
    focus(next);
  };
  const current = rows.find(({ dossier, gone }) => dossier.id === chosen && !gone)?.dossier;
  useHotkeys([
    ["ArrowDown", () => step(1)],
    ["ArrowUp", () => step(-1)],
    ["T", () => current && take.mutate(current)],
  ]);

  if (!rows.length) {
    if (waiting || !page) return <Loader aria-label={t("loading")} />;
    return (
      <div className={classes.empty} data-testid="desk-empty">
        <Icon name="inbox" size={40} />
        <Text size="lg">{empty}</Text>
      </div>
    );
  }
  return (
    <>
      {take.error && <ProblemAlert problem={asProblem(take.error)} />}
      {fresh > 0 && (
        <Button variant="light" onClick={release} data-testid="desk-fresh">
          {t("desk.fresh", { count: fresh })}
        </Button>
      )}
      <table
        className={`${table.table} ${classes.inbox}`}
        aria-label={t("desk.list")}
        onMouseEnter={hold}
        onMouseLeave={release}
        data-testid="inbox"
      >
        <thead>
          <tr>
            {COLUMNS.map((name) => (
              <th key={name} scope="col">
                {t(`desk.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((row, index) => (
            <InboxRow
              key={row.dossier.id}
              row={row}
              chosen={row.dossier.id === chosen}
              reachable={chosen === null ? index === 0 : row.dossier.id === chosen}
              taking={take.isPending && take.variables.id === row.dossier.id}
              onChoose={() => {
                hold();
                deskView.set({ chosen: row.dossier.id });
              }}
              onOpen={() => openDossier(row.dossier.id)}
              onTake={() => take.mutate(row.dossier)}
            />
          ))}
        </tbody>
      </table>
    </>
  );
}

function useSettled(page: DossierPage | undefined) {
  const [settled, setSettled] = useState<Settled>({ rows: [], fresh: 0 });
  const held = useRef(false);
  const latest = useRef(page);
  useEffect(() => {
    latest.current = page;
    if (page) setSettled(({ rows }) => settle(rows, page.items, held.current));
  }, [page]);
  return {
    settled,
    hold: () => {
      held.current = true;
    },
    release: () => {
      held.current = false;
      const now = latest.current;
      if (now) setSettled(({ rows }) => settle(rows, now.items, false));
    },
  };
}

/** Takes a dossier for oneself, where its desk is one's own and nobody has it. */
function useTake() {
  const client = useQueryClient();
  const user = useSession().data?.user;
  return useMutation({
    mutationFn: async (dossier: DossierBrief) => {
      if (user && mayTake(user, dossier)) await dossiers.assign(dossier.id, user.id, dossier.revision, "");
    },
    onSettled: (_done, _error, dossier) => forgetDossier(client, dossier.id),
  });
}
