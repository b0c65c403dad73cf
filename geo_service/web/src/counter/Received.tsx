import { Anchor, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { papers } from "../api/dossiers";
import type { Dossier } from "../api/dossierTypes";
import { momentWords, nameOf } from "../citizen/words";
import { openDossier, useView } from "../state/view";
import { CopyText } from "../ui/CopyText";
import { Icon } from "../ui/icons";
import { Card } from "../ui/Page";
import classes from "./Counter.module.css";

/** What the person at the counter takes along: the receipt, with the code and the day. */
export function Received({ dossier, onNext }: { dossier: Dossier; onNext: () => void }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const print = useRef<HTMLAnchorElement>(null);
  const { id, code, procedure, due_at, applicant } = dossier;
  const receipt = papers.formAddress(id, "01");
  useEffect(() => {
    // where the browser keeps the new page back, the button is under the finger
    window.open(receipt, "_blank", "noopener");
    print.current?.focus();
  }, [receipt]);
  return (
    <Card>
      <Stack gap="sm" role="status" data-testid="counter-received" data-code={code} data-dossier={id}>
        <Text className={classes.done}>
          <Icon name="check" size={28} /> {t("counter.done.title")}
        </Text>
        <Group gap={4} wrap="nowrap">
          <Title order={3} className={classes.code}>
            {code}
          </Title>
          <CopyText text={code} />
        </Group>
        <Text size="lg">
          {applicant.name} · {nameOf(procedure, lang)}
        </Text>
        {due_at && <Text size="lg">{t("counter.done.due", { date: momentWords(due_at, lang) })}</Text>}
        <Group gap="sm">
          <Button
            component="a"
            ref={print}
            href={receipt}
            target="_blank"
            rel="noopener"
            size="md"
            leftSection={<Icon name="print" />}
            data-testid="counter-print"
          >
            {t("counter.done.print")}
          </Button>
          <Button
            size="md"
            variant="default"
            leftSection={<Icon name="plus" />}
            onClick={onNext}
            data-testid="counter-next"
          >
            {t("counter.done.next")}
          </Button>
          <Anchor component="button" type="button" onClick={() => openDossier(id)}>
            {t("counter.done.open")}
          </Anchor>
        </Group>
      </Stack>
    </Card>
  );
}
