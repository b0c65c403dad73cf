import { Alert, Button, Group, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { api } from "../api/endpoints";
import { useOpenDrafts } from "../api/queries";
import type { Draft } from "../api/types";
import { dateTime } from "../format";
import { Icon } from "../ui/icons";
import { openDossier } from "../state/view";
import { ProblemAlert } from "../ui/ProblemAlert";
import { useEditing } from "./context";

/** Work begun earlier, here or on another machine; what waits for approval, and what came back from it. */
export function OpenDrafts() {
  const { allowed, state, dossier } = useEditing();
  const drafts = useOpenDrafts(allowed).data?.items.filter(({ intents }) => intents.length > 0) ?? [];
  if (dossier) return null;
  return (
    <>
      {drafts
        .filter(({ status }) => status === "open")
        .map((draft) => (
          <OpenDraft key={draft.id} draft={draft} />
        ))}
      {drafts
        .filter(({ status, id }) => status === "submitted" && id !== state.submitted?.id)
        .map((draft) => (
          <SubmittedDraft key={draft.id} draft={draft} />
        ))}
    </>
  );
}

function OpenDraft({ draft }: { draft: Draft }) {
  const { t } = useTranslation();
  const { resume } = useEditing();
  const client = useQueryClient();
  const discard = useMutation({
    mutationFn: () => api.discardDraft(draft.id),
    onSuccess: () => client.invalidateQueries({ queryKey: ["private", "drafts"] }),
  });
  // taken back by oneself is not returned
  const returned = draft.returned_by === draft.owner ? null : draft.returned_note;
  return (
    <Alert
      color={returned ? "orange" : "yellow"}
      icon={<Icon name={returned ? "undo" : "pencil"} />}
      title={t(returned ? "edit.returnedDraft" : "edit.openDraft")}
      data-testid="open-draft"
      data-status={returned ? "returned" : "open"}
    >
      {returned && (
        <Text fw={500}>
          {draft.returned_by}: “{returned}”
        </Text>
      )}
      {draft.reason && <Text>{draft.reason}</Text>}
      <Text>
        {t("edit.openDraftSteps", { count: draft.intents.length, date: dateTime(draft.updated_at) })}
      </Text>
      <Group mt="xs" gap="xs">
        {draft.dossier_id ? (
          <DossierButton dossier={draft.dossier_id} />
        ) : (
          <>
            <Button onClick={() => resume(draft)} data-testid="resume-draft">
              {t("edit.resume")}
            </Button>
            <Button variant="subtle" color="red" loading={discard.isPending} onClick={() => discard.mutate()}>
              {t("edit.discard")}
            </Button>
          </>
        )}
      </Group>
      {discard.error && <ProblemAlert problem={asProblem(discard.error)} />}
    </Alert>
  );
}

/** The drawing of a dossier is worked on and decided in the dossier. */
function DossierButton({ dossier }: { dossier: string }) {
  const { t } = useTranslation();
  const { setOpen } = useEditing();
  return (
    <Button
      leftSection={<Icon name="folder" />}
      onClick={() => {
        setOpen(false);
        openDossier(dossier);
      }}
      data-testid="draft-dossier"
    >
      {t("edit.toDossier")}
    </Button>
  );
}

function SubmittedDraft({ draft }: { draft: Draft }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const takeBack = useMutation({
    mutationFn: () => api.returnDraft(draft.id, t("edit.takenBack")),
    onSuccess: () => client.invalidateQueries({ queryKey: ["private", "drafts"] }),
  });
  return (
    <Alert
      color="gray"
      icon={<Icon name="clock" />}
      title={t("edit.submittedDraft")}
      data-testid="open-draft"
      data-status="submitted"
    >
      {draft.reason && <Text>{draft.reason}</Text>}
      <Text>
        {t("edit.openDraftSteps", { count: draft.intents.length, date: dateTime(draft.updated_at) })}
      </Text>
      {draft.dossier_id ? (
        <DossierButton dossier={draft.dossier_id} />
      ) : (
        <Button
          mt="xs"
          variant="default"
          loading={takeBack.isPending}
          onClick={() => takeBack.mutate()}
          data-testid="take-back"
        >
          {t("edit.takeBack")}
        </Button>
      )}
      {takeBack.error && <ProblemAlert problem={asProblem(takeBack.error)} />}
    </Alert>
  );
}
