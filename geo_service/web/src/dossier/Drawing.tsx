import { Alert, Button, Loader, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import type { BoundDraft, Dossier } from "../api/dossierTypes";
import { api } from "../api/endpoints";
import { showReviewed } from "../approvals/reviewed";
import { ConflictPanel } from "../editing/ConflictPanel";
import { useEditing } from "../editing/context";
import { boundsOf } from "../editing/drawing";
import { IntentList } from "../editing/IntentList";
import { Outcome } from "../editing/Outcome";
import { integer } from "../format";
import { useMap } from "../map/context";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import { Compare, picturesOf } from "./Compare";
import { DOSSIER_PANEL } from "./DossierOnMap";
import { Part } from "./FormTab";
import { useBase } from "./useBase";
import Verdicts from "./Verdicts";

/** The drawing: to be made, on the way, under review, or part of the map. */
export function Drawing({ dossier }: { dossier: Dossier }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { draft, step, actions } = dossier;
  const draws = actions.some(({ kind }) => kind === "propose_map");
  if (draft?.status === "committed") {
    return (
      <Alert color="green" icon={<Icon name="check" />} title={t("dossier.drawing.committed")}>
        {draft.committed_seq !== null &&
          t("dossier.drawing.committedAs", { seq: integer(draft.committed_seq, lang) })}
      </Alert>
    );
  }
  if (draft?.status === "submitted") return <Submitted dossier={dossier} draft={draft} />;
  if (draws) return <ToDraw dossier={dossier} />;
  if (!step.map) return null;
  return <Text c="dimmed">{t("dossier.drawing.others")}</Text>;
}

function ToDraw({ dossier: { id, draft } }: { dossier: Dossier }) {
  const { t } = useTranslation();
  const { drawFor, allowed } = useEditing();
  const begin = useMutation({ mutationFn: () => drawFor(id) });
  return (
    <Part title={t("dossier.drawing.title")}>
      <Text>{t(draft ? "dossier.drawing.begun" : "dossier.drawing.none")}</Text>
      <Button
        variant="light"
        leftSection={<Icon name="pencil" />}
        loading={begin.isPending}
        disabled={!allowed}
        onClick={() => begin.mutate()}
        data-testid="draw"
      >
        {t(draft ? "dossier.drawing.goOn" : "dossier.drawing.begin")}
      </Button>
      {begin.error && <ProblemAlert problem={asProblem(begin.error)} />}
    </Part>
  );
}

/**
 * What was handed over, made anew on the newest state: with it the decision is taken, so that what is approved is what was
 * looked at.
 */
function Submitted({ dossier, draft }: { dossier: Dossier; draft: BoundDraft }) {
  const { t } = useTranslation();
  const controller = useMap();
  const look = useQuery({
    queryKey: ["private", "review", draft.id],
    queryFn: () => api.preview(draft.id, false),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const preview = look.data;
  const base = useBase(preview);
  const bounds = boundsOf(preview?.created)?.join();

  useEffect(() => {
    showReviewed(preview ?? null);
    return () => showReviewed(null);
  }, [preview]);
  useEffect(() => {
    const [west = 0, south = 0, east = 0, north = 0] = (bounds ?? "").split(",").map(Number);
    if (bounds) controller.fly({ bounds: [west, south, east, north] }, DOSSIER_PANEL);
  }, [controller, bounds]);

  const problem = look.error ? asProblem(look.error) : null;
  const proposer = dossier.events.findLast(({ kind }) => kind === "propose_map")?.actor;
  const decides = dossier.actions.some(({ map }) => map !== "none");
  if (problem?.status === 404) return <Text c="dimmed">{t("dossier.drawing.waits")}</Text>;
  return (
    <Part title={t("dossier.drawing.submitted", { name: proposer ?? draft.owner })}>
      <Stack gap="sm" data-testid="review-drawing">
        {problem &&
          (problem.theirs ? (
            <ConflictPanel problem={problem} hint={t("dossier.drawing.stale")} />
          ) : (
            <ProblemAlert problem={problem} />
          ))}
        {look.isPending && <Loader aria-label={t("loading")} />}
        {preview && (
          <>
            {base?.moved && (
              <Alert color="yellow" icon={<Icon name="warning" />} data-testid="rebased">
                {t("dossier.drawing.rebased")}
              </Alert>
            )}
            {base && <Compare pictures={picturesOf(base.faces, preview)} />}
            <Verdicts rules={preview.rules ?? []} />
            <Outcome preview={preview} />
            <IntentList intents={preview.intents} />
            {decides && <Text fw={500}>{t("dossier.drawing.decide")}</Text>}
          </>
        )}
      </Stack>
    </Part>
  );
}
