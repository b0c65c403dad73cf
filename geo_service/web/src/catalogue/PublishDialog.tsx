import { Alert, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { catalogue } from "../api/administration";
import { CATALOGUE } from "../api/administrationQueries";
import type { CatalogueEntry, ProcedureVersion } from "../api/administrationTypes";
import { asProblem } from "../api/client";
import { day, endOf, isoDay } from "../format";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import { earliestOf } from "./words";

interface Props {
  entry: CatalogueEntry;
  opened: boolean;
  onClose: () => void;
  onPublished: (version: ProcedureVersion) => void;
}

/** From which day the draft holds; and what happens to what is open. */
export function PublishDialog({ entry, opened, onClose, onPublished }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const today = isoDay(new Date());
  const [from, setFrom] = useState(endOf(today));
  const publish = useMutation({
    mutationFn: () => catalogue.publish(entry.code, from),
    onSuccess: async (version) => {
      onPublished(version);
      await client.invalidateQueries({ queryKey: CATALOGUE });
      await client.invalidateQueries({ queryKey: ["definition"] });
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    publish.mutate();
  };
  const earliest = earliestOf(publish.error);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={<b>{t("administration.publishTitle")}</b>}
      size="lg"
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            type="date"
            label={t("administration.publishFrom")}
            value={from}
            min={today}
            onChange={(event) => setFrom(event.currentTarget.value)}
            required
            data-autofocus
            data-testid="publish-from"
          />
          <Alert color="forest" icon={<Icon name="shield" />} data-testid="publish-keeps">
            <Text fw={600}>{t("administration.publishKeeps")}</Text>
            <Text>
              {entry.running > 0
                ? t("administration.publishRunning", { count: entry.running })
                : t("administration.publishNoneRunning")}
            </Text>
            {entry.version !== null && from && (
              <Text>{t("administration.publishEnds", { version: entry.version, day: day(from) })}</Text>
            )}
          </Alert>
          {publish.error && (
            <ProblemAlert problem={asProblem(publish.error)}>
              {earliest && <Text>{t("administration.earliest", { day: day(earliest) })}</Text>}
            </ProblemAlert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("edit.cancel")}
            </Button>
            <Button type="submit" loading={publish.isPending} disabled={!from} data-testid="publish-confirm">
              {t("administration.publishConfirm")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
