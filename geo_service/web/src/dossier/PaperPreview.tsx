import { ActionIcon, Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { papers } from "../api/dossiers";
import type { Paper } from "../api/dossierTypes";
import { Icon } from "../ui/icons";
import classes from "./Dossier.module.css";

/** Pages of a paper as pictures; the paper itself is never opened in the page. */
export function PaperPreview({ paper }: { paper: Paper }) {
  const { t } = useTranslation();
  const [page, setPage] = useState(1);
  const [failed, setFailed] = useState(false);
  const pages = paper.pages ?? 1;
  const turn = (to: number) => {
    setFailed(false);
    setPage(to);
  };
  return (
    <Stack>
      <Group justify="space-between">
        <Group gap="xs">
          <ActionIcon
            variant="default"
            size="lg"
            disabled={page <= 1}
            onClick={() => turn(page - 1)}
            aria-label={t("dossier.pageBefore")}
          >
            <Icon name="left" />
          </ActionIcon>
          <Text aria-live="polite">{t("dossier.pageOf", { page, pages })}</Text>
          <ActionIcon
            variant="default"
            size="lg"
            disabled={page >= pages}
            onClick={() => turn(page + 1)}
            aria-label={t("dossier.pageAfter")}
          >
            <Icon name="right" />
          </ActionIcon>
        </Group>
        <Button
          component="a"
          href={papers.fileAddress(paper.id)}
          download
          variant="light"
          leftSection={<Icon name="download" />}
        >
          {t("dossier.save")}
        </Button>
      </Group>
      {failed ? (
        <Text>{t("dossier.noPreview")}</Text>
      ) : (
        <img
          key={page}
          className={classes.preview}
          src={papers.pageAddress(paper.id, page, 1200)}
          alt={t("dossier.pageAlt", { name: paper.name, page })}
          onError={() => setFailed(true)}
          data-testid="paper-preview"
        />
      )}
    </Stack>
  );
}
