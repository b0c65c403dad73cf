import "../i18n/work";
import { ScrollArea, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSubmittedDrafts } from "../api/queries";
import type { CommitResult, Draft } from "../api/types";
import { dateTime } from "../format";
import { DonePanel } from "../editing/DonePanel";
import panel from "../editing/Edit.module.css";
import { openDossier, openPage } from "../state/view";
import { Loaded } from "../ui/Loaded";
import { PanelHead } from "../ui/PanelHead";
import classes from "./Approvals.module.css";
import { Review } from "./Review";

/** Drafts of others that wait for a decision: the list, then one of them with the map beside it. */
export default function ApprovalsPanel() {
  const { t } = useTranslation();
  const drafts = useSubmittedDrafts(true);
  const [chosen, setChosen] = useState<Draft | null>(null);
  const [result, setResult] = useState<CommitResult | null>(null);
  return (
    <section className={panel.panel} aria-label={t("approvals.title")} data-testid="approvals-panel">
      <PanelHead
        title={t("approvals.title")}
        close={{ go: () => openPage(null), testid: "approvals-close" }}
      />
      <ScrollArea.Autosize className={panel.body} type="auto">
        <Stack p="md" pt={0} gap="md">
          {chosen ? (
            <Review
              key={chosen.id}
              draft={chosen}
              onBack={() => setChosen(null)}
              onApproved={(done) => {
                setResult(done);
                setChosen(null);
              }}
            />
          ) : (
            <>
              {result && <DonePanel result={result} />}
              <Loaded query={drafts}>
                {({ items }) =>
                  items.length ? (
                    <ul className={classes.list}>
                      {items.map((draft) => (
                        <li key={draft.id}>
                          <Waiting
                            draft={draft}
                            onChoose={() => {
                              setResult(null);
                              if (draft.dossier_id) openDossier(draft.dossier_id);
                              else setChosen(draft);
                            }}
                          />
                        </li>
                      ))}
                    </ul>
                  ) : (
                    <Text c="dimmed">{t("approvals.none")}</Text>
                  )
                }
              </Loaded>
            </>
          )}
        </Stack>
      </ScrollArea.Autosize>
    </section>
  );
}

function Waiting({ draft, onChoose }: { draft: Draft; onChoose: () => void }) {
  const { t } = useTranslation();
  return (
    <button type="button" className={classes.draft} onClick={onChoose} data-testid={`approval-${draft.id}`}>
      <b>{draft.reason || t("approvals.noReason")}</b>
      <span className={classes.facts}>
        {[
          draft.owner,
          t("approvals.steps", { count: draft.intents.length }),
          dateTime(draft.submitted_at ?? draft.updated_at),
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
    </button>
  );
}
