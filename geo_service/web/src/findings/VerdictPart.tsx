import { Button, FileButton, Group, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { type Finding, findings, photoAddress, type Verdict, VERDICTS } from "../api/findings";
import { forgetFindings } from "../api/findingsQueries";
import { Part } from "../dossier/FormTab";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Findings.module.css";

/** What was found on the ground: a word, why, and a photo. The last word holds; one's own can be taken back. */
export function VerdictPart({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const standing = finding.verdicts.find((one) => one.standing);
  return (
    <Part title={t("finding.verdict.label")}>
      {standing && (
        <Text fw={600} data-testid="finding-standing">
          {t("finding.verdict.done", { what: t(`finding.verdict.${standing.verdict}`) })}
          {standing.note && <>: {standing.note}</>}
        </Text>
      )}
      {finding.may_judge ? (
        <Judge finding={finding} standing={standing} />
      ) : (
        <Text c="dimmed">{t("finding.verdict.notYours")}</Text>
      )}
    </Part>
  );
}

function Judge({ finding, standing }: { finding: Finding; standing: Verdict | undefined }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [note, setNote] = useState("");
  const [photo, setPhoto] = useState<string | null>(null);
  const judge = useMutation({
    mutationFn: (verdict: Verdict["verdict"]) => findings.judge(finding, verdict, note, photo),
    onSettled: () => forgetFindings(client),
  });
  const send = useMutation({
    mutationFn: (file: File) => findings.photograph(finding.id, file),
    onSuccess: ({ sha256 }) => setPhoto(sha256),
  });
  const error = judge.error ?? send.error;
  return (
    <Stack gap="xs">
      <Text c="dimmed">{t("finding.verdict.how")}</Text>
      <Textarea
        label={t("finding.verdict.note")}
        description={t("finding.verdict.noteHint")}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        maxLength={4000}
        autosize
        minRows={2}
        maxRows={8}
        data-testid="verdict-note"
      />
      <Group gap="xs">
        <FileButton accept="image/*" onChange={(file) => file && send.mutate(file)}>
          {(props) => (
            <Button
              {...props}
              variant="default"
              leftSection={<Icon name="clip" />}
              loading={send.isPending}
              data-testid="verdict-photo"
            >
              {t("finding.verdict.photo")}
            </Button>
          )}
        </FileButton>
        {photo === null ? (
          <Text c="dimmed">{t("finding.verdict.photoHint")}</Text>
        ) : (
          <>
            <img
              src={photoAddress(finding.id, photo, 400)}
              alt={t("finding.verdict.photoReady")}
              className={classes.thumb}
              data-testid="verdict-photo-ready"
            />
            <Button variant="subtle" onClick={() => setPhoto(null)}>
              {t("finding.verdict.photoRemove")}
            </Button>
          </>
        )}
      </Group>
      {error && <ProblemAlert problem={asProblem(error)} />}
      <div className={classes.words}>
        {VERDICTS.map((word) => (
          <Button
            key={word}
            variant={standing?.verdict === word ? "filled" : "light"}
            color={COLOR[word]}
            loading={judge.isPending && judge.variables === word}
            disabled={judge.isPending || send.isPending}
            onClick={() => judge.mutate(word)}
            data-testid={`verdict-${word}`}
          >
            {t(`finding.verdict.${word}`)}
          </Button>
        ))}
      </div>
      {standing?.mine && (
        <Button
          variant="subtle"
          color="gray"
          leftSection={<Icon name="undo" />}
          loading={judge.isPending && judge.variables === "withdrawn"}
          onClick={() => judge.mutate("withdrawn")}
          data-testid="verdict-undo"
        >
          {t("finding.verdict.undo")}
        </Button>
      )}
    </Stack>
  );
}

const COLOR = { confirmed: "red", permitted: "green", false: "gray", not_visible: "gray" } as const;
