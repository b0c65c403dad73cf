import { ActionIcon, Badge, Group, Loader, ScrollArea, Stack, Tabs, Text, Title } from "@mantine/core";
import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { useParcel, useSession } from "../api/queries";
import type { Parcel } from "../api/types";
import { useEditing } from "../editing/context";
import { EditHere } from "../editing/EditHere";
import { useMap } from "../map/context";
import { may } from "../session/may";
import { selectParcel, useView, view } from "../state/view";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import { useEscape } from "../ui/useEscape";
import { Facts } from "./Facts";
import { HistoryList } from "./HistoryList";
import { LineageTab } from "./LineageTab";
import { parcelTitle, unitName } from "./names";
import classes from "./ParcelPanel.module.css";
import { Sides } from "./Sides";

const RightsTab = lazy(() => import("../rights/RightsTab"));
const ParcelDossiers = lazy(() => import("../dossier/ParcelDossiers"));

/** Everything the register says about the selected parcel; a sheet at the bottom on a phone. */
export function ParcelPanel() {
  const { t } = useTranslation();
  const key = useView((v) => v.parcel);
  const at = useView((v) => v.at);
  const query = useParcel(key, at);
  const { state } = useEditing();
  const close = () => selectParcel(null);
  // while a tool is in use, Escape puts the tool down and leaves the panel
  useEscape(() => !state.sketch && view.get().page === null && close());
  if (key === null) return null;

  return (
    <aside className={classes.panel} aria-label={t("panel.label")} data-testid="panel">
      {query.data ? (
        <Content parcel={query.data} onClose={close} />
      ) : (
        <Stack p="md">
          <Group justify="space-between" wrap="nowrap">
            <Title order={2} size="h3">
              {query.isPending ? t("panel.loading") : t("panel.notFound")}
            </Title>
            <Close onClose={close} />
          </Group>
          {query.isPending ? <Loader /> : <ProblemAlert problem={asProblem(query.error)} />}
        </Stack>
      )}
    </aside>
  );
}

function Close({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      onClick={onClose}
      aria-label={t("close")}
      data-testid="panel-close"
    >
      <Icon name="close" />
    </ActionIcon>
  );
}

function Content({ parcel, onClose }: { parcel: Parcel; onClose: () => void }) {
  const { t } = useTranslation();
  const controller = useMap();
  const user = useSession().data?.user;
  // those who may read rights here, and persons, who may hold one of them
  const rights = may(user, "rights.read", parcel.unit?.code) || user?.person === true;
  // the service leaves out what the person may not see
  const dossiers = Boolean(user);
  // the highlighted side belongs to the parcel that is shown
  useEffect(
    () => () => {
      void controller.draw("side", null);
    },
    [controller],
  );

  return (
    <>
      <header className={classes.head}>
        <div>
          <Title order={2} size="h3" data-testid="panel-title">
            {parcelTitle(parcel, t)}
          </Title>
          <Text c="dimmed">{parcel.unit ? unitName(parcel.unit) : t(`kind.${parcel.kind}`)}</Text>
        </div>
        <Group gap={4} wrap="nowrap">
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            onClick={() => controller.fly({ bounds: parcel.bounds }, 420)}
            aria-label={t("panel.zoomTo")}
          >
            <Icon name="target" />
          </ActionIcon>
          <Close onClose={onClose} />
        </Group>
      </header>
      <Group px="md" pb="xs" gap="xs">
        <Badge
          variant="light"
          color={parcel.status === "current" ? "green" : "gray"}
          data-testid="panel-status"
        >
          {t(`status.${parcel.status}`)}
        </Badge>
        {parcel.kind !== "land" && (
          <Badge variant="light" color="gray">
            {t(`kind.${parcel.kind}`)}
          </Badge>
        )}
        <EditHere />
      </Group>
      <Tabs defaultValue="facts" className={classes.tabs} keepMounted={false}>
        <Tabs.List className={classes.tabList}>
          <Tabs.Tab value="facts">{t("panel.facts")}</Tabs.Tab>
          <Tabs.Tab value="sides" data-testid="tab-sides">
            {t("panel.sides")}
          </Tabs.Tab>
          {rights && (
            <Tabs.Tab value="rights" data-testid="tab-rights">
              {t("panel.rights")}
            </Tabs.Tab>
          )}
          {dossiers && (
            <Tabs.Tab value="dossiers" data-testid="tab-dossiers">
              {t("panel.dossiers")}
            </Tabs.Tab>
          )}
          <Tabs.Tab value="history" data-testid="tab-history">
            {t("panel.history")}
          </Tabs.Tab>
          <Tabs.Tab value="lineage" data-testid="tab-lineage">
            {t("panel.lineage")}
          </Tabs.Tab>
        </Tabs.List>
        <ScrollArea className={classes.scroll} type="auto">
          <Tabs.Panel value="facts" p="md">
            <Facts parcel={parcel} />
          </Tabs.Panel>
          <Tabs.Panel value="sides" p="md">
            <Sides parcel={parcel} />
          </Tabs.Panel>
          {rights && (
            <Tabs.Panel value="rights" p="md">
              <Suspense fallback={<Loader />}>
                <RightsTab parcel={parcel} />
              </Suspense>
            </Tabs.Panel>
          )}
          {dossiers && (
            <Tabs.Panel value="dossiers" p="md">
              <Suspense fallback={<Loader />}>
                <ParcelDossiers parcel={parcel} />
              </Suspense>
            </Tabs.Panel>
          )}
          <Tabs.Panel value="history" p="md">
            <HistoryList parcel={parcel} />
          </Tabs.Panel>
          <Tabs.Panel value="lineage" p="md">
            <LineageTab parcel={parcel} />
          </Tabs.Panel>
        </ScrollArea>
      </Tabs>
    </>
  );
}
