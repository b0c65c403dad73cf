import "../i18n/citizen";
import "../i18n/dossier";
import "../i18n/work";
import { ActionIcon, Group, ScrollArea, Stack, Tabs, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { forgetDossier, useDossier } from "../api/dossierQueries";
import type { Dossier } from "../api/dossierTypes";
import { useSession } from "../api/queries";
import { nameOf } from "../citizen/words";
import panel from "../editing/Edit.module.css";
import { dateTime } from "../format";
import { useDossierFeed } from "../live/useDossierFeed";
import { may } from "../session/may";
import { openPage, useView } from "../state/view";
import { CopyText } from "../ui/CopyText";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { useEscape } from "../ui/useEscape";
import { Actions } from "./Actions";
import { DueTime, StatusBadge, TermBadge } from "./Badges";
import classes from "./Dossier.module.css";
import { DossierOnMap } from "./DossierOnMap";
import { FormTab } from "./FormTab";
import { Handling } from "./Handling";
import { LogTab } from "./LogTab";
import { MapTab } from "./MapTab";
import { PapersTab } from "./PapersTab";
import { Warnings } from "./Warnings";

/** A dossier with the map beside it. */
export default function DossierPanel() {
  const { t } = useTranslation();
  const id = useView((v) => v.dossier);
  const client = useQueryClient();
  const query = useDossier(id);
  const officer = may(useSession().data?.user, "dossier.read");
  const leave = () => openPage(officer ? "desk" : "mine");
  useEscape(leave);
  useDossierFeed(id ? [`dossier/${id}`] : [], (moved) => forgetDossier(client, moved.id));
  return (
    <section
      className={`${panel.panel} ${classes.panel}`}
      aria-label={t("dossier.title")}
      data-testid="dossier-panel"
    >
      <Loaded query={query}>
        {(dossier) => <Content key={dossier.id} dossier={dossier} onLeave={leave} />}
      </Loaded>
      {query.error && <Leave onLeave={leave} />}
    </section>
  );
}

function Leave({ onLeave }: { onLeave: () => void }) {
  const { t } = useTranslation();
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      onClick={onLeave}
      aria-label={t("close")}
      data-testid="dossier-close"
    >
      <Icon name="close" />
    </ActionIcon>
  );
}

const TABS = ["form", "papers", "map", "log"] as const;
type TabName = (typeof TABS)[number];

function Content({ dossier, onLeave }: { dossier: Dossier; onLeave: () => void }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const [tab, setTab] = useState<TabName>(dossier.step.map || dossier.draft ? "map" : "form");
  const { code, procedure, status, due_at, finished_at } = dossier;
  return (
    <>
      <DossierOnMap dossier={dossier} />
      <header className={classes.head}>
        <div className={classes.names}>
          <Group gap={4} wrap="nowrap">
            <Title order={2} size="h4" className={classes.code} data-testid="dossier-code">
              {code}
            </Title>
            <CopyText text={code} />
          </Group>
          <Text fw={500}>{nameOf(procedure, lang)}</Text>
        </div>
        <Leave onLeave={onLeave} />
      </header>
      <Stack gap={6} className={classes.standing} aria-live="polite">
        <Group gap={6}>
          <StatusBadge status={status} />
          {finished_at === null ? (
            <>
              <TermBadge dossier={dossier} />
              <DueTime at={due_at} />
            </>
          ) : (
            <span className={classes.due}>{dateTime(finished_at)}</span>
          )}
        </Group>
        <Handling dossier={dossier} />
      </Stack>
      <Warnings dossier={dossier} />
      <Actions dossier={dossier} onShowMap={() => setTab("map")} />
      <Tabs
        value={tab}
        onChange={(value) => setTab(TABS.find((name) => name === value) ?? "form")}
        className={classes.tabs}
        keepMounted={false}
      >
        <Tabs.List className={classes.tabList}>
          {TABS.map((name) => (
            <Tabs.Tab key={name} value={name} data-testid={`dossier-tab-${name}`}>
              {t(`dossier.tab.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <ScrollArea className={classes.scroll} type="auto">
          <Tabs.Panel value="form" p="md">
            <FormTab dossier={dossier} />
          </Tabs.Panel>
          <Tabs.Panel value="papers" p="md">
            <PapersTab dossier={dossier} />
          </Tabs.Panel>
          <Tabs.Panel value="map" p="md">
            <MapTab dossier={dossier} />
          </Tabs.Panel>
          <Tabs.Panel value="log" p="md">
            <LogTab dossier={dossier} />
          </Tabs.Panel>
        </ScrollArea>
      </Tabs>
    </>
  );
}
