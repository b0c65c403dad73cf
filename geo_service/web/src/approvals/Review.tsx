import { Button, Group, Loader, Stack, Text, Textarea, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { api } from "../api/endpoints";
import type { CommitResult, Draft } from "../api/types";
import { ConflictPanel } from "../editing/ConflictPanel";
import { boundsOf } from "../editing/drawing";
import { IntentList } from "../editing/IntentList";
import { Outcome } from "../editing/Outcome";
import { Reasons } from "../editing/Reasons";
import { useMap } from "../map/context";
import { LEFT_PANEL } from "../map/controller";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Approvals.module.css";
import { showReviewed } from "./reviewed";

interface Props {
  draft: Draft;
  onBack: () => void;
  onApproved: (result: CommitResult) => void;
}

/** The same preview as the officer saw, made anew from the draft; then the decision. */
export function Review({ draft, onBack, onApproved }: Props) {
  const { t } = useTranslation();
  const controller = useMap();
  const client = useQueryClient();
  const [note, setNote] = useState("");
  const look = useQuery({
    queryKey: ["private", "review", draft.id],
    queryFn: () => api.preview(draft.id, false),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const preview = look.data;

  useEffect(() => {
    showReviewed(preview ?? null);
    const bounds = boundsOf(preview?.created);
    if (bounds) controller.fly({ bounds }, LEFT_PANEL);
    return () => showReviewed(null);
  }, [controller, preview]);

  const decided = () => client.invalidateQueries({ queryKey: ["private", "submitted"] });
  const approve = useMutation({
    mutationFn: (digest: string) => api.commit(draft.id, draft.reason ?? "", digest),
    onSuccess: (result) => {
      void decided();
      onApproved(result);
    },
  });
  const giveBack = useMutation({
    mutationFn: () => api.returnDraft(draft.id, note.trim()),
    onSuccess: () => {
      void decided();
      onBack();
    },
  });
  const problem = approve.error ?? giveBack.error ?? look.error;
  const stale = problem && asProblem(problem).status === 409 && asProblem(problem).theirs !== undefined;
  const busy = approve.isPending || giveBack.isPending;

  return (
    <Stack gap="sm" data-testid="review">
      <Button
        variant="subtle"
        px="xs"
        leftSection={<Icon name="left" />}
        onClick={onBack}
        disabled={busy}
        justify="flex-start"
      >
        {t("approvals.back")}
      </Button>
      <div>
        <Title order={3} size="h5">
          {draft.reason || t("approvals.noReason")}
        </Title>
        <Text c="dimmed">{draft.owner}</Text>
      </div>
      {stale ? (
        <ConflictPanel problem={asProblem(problem)} hint={t("approvals.stale")} />
      ) : (
        problem && (
          <ProblemAlert problem={asProblem(problem)}>
            <Reasons problem={asProblem(problem)} />
          </ProblemAlert>
        )
      )}
      <IntentList intents={draft.intents} />
      {look.isPending && <Loader aria-label={t("loading")} />}
      {preview && <Outcome preview={preview} />}
      {preview && !stale && (
        <Button
          size="md"
          leftSection={<Icon name="check" />}
          loading={approve.isPending}
          disabled={giveBack.isPending}
          onClick={() => approve.mutate(preview.digest)}
          data-testid="approve-draft"
        >
          {t("approvals.approve")}
        </Button>
      )}
      <div className={classes.return}>
        <Textarea
          label={t("approvals.note")}
          placeholder={t("approvals.noteExample")}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          autosize
          minRows={2}
          data-testid="return-note"
        />
        <Group justify="flex-end">
          <Button
            variant="light"
            color="orange"
            leftSection={<Icon name="undo" />}
            loading={giveBack.isPending}
            disabled={!note.trim() || approve.isPending}
            onClick={() => giveBack.mutate()}
            data-testid="return-draft"
          >
            {t("approvals.return")}
          </Button>
        </Group>
      </div>
    </Stack>
  );
}
