import { ActionIcon, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "./icons";
import classes from "./PanelHead.module.css";

interface Props {
  /** what the panel is about */
  title: ReactNode;
  /** a line below it */
  lead?: ReactNode;
  /** the way back, where the panel shows one of many */
  back?: { label: string; go: () => void; testid: string };
  /** buttons at the right */
  tools?: ReactNode;
  close?: { go: () => void; testid: string };
}

/** The head of a panel beside the map. */
export function PanelHead({ title, lead, back, tools, close }: Props) {
  const { t } = useTranslation();
  return (
    <header className={classes.head}>
      {back && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          onClick={back.go}
          aria-label={back.label}
          data-testid={back.testid}
        >
          <Icon name="left" />
        </ActionIcon>
      )}
      <div className={classes.names}>
        <Title order={2} size="h4">
          {title}
        </Title>
        {lead}
      </div>
      {tools}
      {close && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          onClick={close.go}
          aria-label={t("close")}
          data-testid={close.testid}
        >
          <Icon name="close" />
        </ActionIcon>
      )}
    </header>
  );
}
