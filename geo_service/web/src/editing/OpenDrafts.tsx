import { Alert, Button, Group, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { api } from "../api/endpoints";
import { useOpenDrafts } from "../api/queries";
import type { Draft } from "../api/types";
import { dateTime } from "../format";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import { useEditing } from "./context";

/** Work begun earlier, here or on another machine: the service has kept it. */
export function OpenDrafts() {
  const { allowed } = useEditing();
  const drafts = useOpenDrafts(allowed);
  const open =
    drafts.data?.items.filter(({ intents, status }) => status === "open" && intents.length > 0) ?? [];
  return (
    <>
      {open.map((draft) => (
        <OpenDraft key={draft.id} draft={draft} />
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
    onSuccess: () => client.invalidateQueries({ queryKey: ["drafts"] }),
  });
  return (
    <Alert color="yellow" icon={<Icon name="pencil" />} title={t("edit.openDraft")} data-testid="open-draft">
      <Text>
        {t("edit.openDraftSteps", { count: draft.intents.length, date: dateTime(draft.updated_at) })}
      </Text>
      <Group mt="xs" gap="xs">
        <Button onClick={() => resume(draft)} data-testid="resume-draft">
          {t("edit.resume")}
        </Button>
        <Button variant="subtle" color="red" loading={discard.isPending} onClick={() => discard.mutate()}>
          {t("edit.discard")}
        </Button>
      </Group>
      {discard.error && <ProblemAlert problem={asProblem(discard.error)} />}
    </Alert>
  );
}
