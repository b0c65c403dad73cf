import { Button, Group, Text, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { type Finding, findings } from "../api/findings";
import { forgetFindings } from "../api/findingsQueries";
import { Part } from "../dossier/FormTab";
import { openDossier, useView } from "../state/view";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";

/** The inspection about a finding, or the way to open one. */
export function InspectionPart({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  const { id, inspection, may_inspect, evidence } = finding;
  const [reason, setReason] = useState(() => evidence.map((sentence) => sentence.vi).join(" "));
  const open = useMutation({
    mutationFn: () => findings.inspect(id, reason.trim()),
    onSuccess: ({ dossier }) => openDossier(dossier),
    onSettled: () => forgetFindings(client),
  });
  if (!inspection && !may_inspect) return null;
  return (
    <Part title={t("finding.inspection.label")}>
      {inspection ? (
        <Group gap="xs">
          <Text>
            {t("finding.inspection.opened", { code: inspection.code })} ·{" "}
            {lang === "vi" ? inspection.status_vi : inspection.status_en}
          </Text>
          <Button
            variant="light"
            leftSection={<Icon name="folder" />}
            onClick={() => openDossier(inspection.id)}
            data-testid="show-inspection"
          >
            {t("finding.inspection.show")}
          </Button>
        </Group>
      ) : (
        <>
          <Text c="dimmed">{t("finding.inspection.why")}</Text>
          <Textarea
            label={t("finding.inspection.reason")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            maxLength={4000}
            autosize
            minRows={2}
            maxRows={6}
            data-testid="inspection-reason"
          />
          {open.error && <ProblemAlert problem={asProblem(open.error)} />}
          <Button
            leftSection={<Icon name="folder" />}
            loading={open.isPending}
            onClick={() => open.mutate()}
            data-testid="open-inspection"
          >
            {t("finding.inspection.open")}
          </Button>
        </>
      )}
    </Part>
  );
}
