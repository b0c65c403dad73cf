import { Button, Loader, Stack, Text, Textarea, Title } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Preview } from "../api/types";
import { useEditing } from "./context";
import { Outcome } from "./Outcome";

const Verdicts = lazy(() => import("../dossier/Verdicts"));
const ProposeDrawing = lazy(() => import("../dossier/ProposeDrawing"));

/** The result to look at with what the rules say of it, and the way on. */
export function PreviewPanel({ preview, waiting }: { preview: Preview; waiting: boolean }) {
  const { t } = useTranslation();
  const { dossier } = useEditing();
  const rules = preview.rules ?? [];
  return (
    <Stack gap="sm" data-testid="preview-panel">
      <Title order={3} size="h5">
        {t("preview.title")}
      </Title>
      {rules.length > 0 && (
        <Suspense fallback={<Loader size="sm" />}>
          <Verdicts rules={rules} />
        </Suspense>
      )}
      <Outcome preview={preview} />
      {dossier && (
        <Suspense fallback={<Loader size="sm" />}>
          <ProposeDrawing dossier={dossier} rules={rules} />
        </Suspense>
      )}
      {!dossier && <Finish waiting={waiting} />}
    </Stack>
  );
}

/** To an approver, or where one pair of eyes is enough, into the register. */
function Finish({ waiting }: { waiting: boolean }) {
  const { t } = useTranslation();
  const { commit, submit, fourEyes, allowed, state } = useEditing();
  const [reason, setReason] = useState(state.draft?.reason ?? "");
  const finish = fourEyes ? submit : commit;
  return (
    <>
      <Textarea
        label={t("preview.reason")}
        placeholder={t("preview.reasonExample")}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        autosize
        minRows={2}
        required
        data-testid="reason"
      />
      <Button
        onClick={() => finish(reason.trim())}
        disabled={!reason.trim() || !allowed}
        loading={waiting}
        data-testid={fourEyes ? "submit-draft" : "commit"}
        size="md"
      >
        {t(fourEyes ? "preview.submit" : "preview.commit")}
      </Button>
      {fourEyes && <Text c="dimmed">{t("preview.fourEyes")}</Text>}
    </>
  );
}
