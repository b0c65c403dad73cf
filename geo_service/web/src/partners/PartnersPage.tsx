import "../i18n/administration";
import { Badge, Tabs } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePartners } from "../api/administrationQueries";
import type { MessageFilter } from "../api/administrationTypes";
import { dateTime } from "../format";
import { Icon } from "../ui/icons";
import { Page } from "../ui/Page";
import { HealthTab } from "./HealthTab";
import { MessagesTab } from "./MessagesTab";
import classes from "./Partners.module.css";
import { ReconciliationTab } from "./ReconciliationTab";

/** The partners dossiers depend on: how they do, what was said to them and by them, whether the books agree. */
export default function PartnersPage() {
  const { t } = useTranslation();
  const [tab, setTab] = useState<string | null>("health");
  const [filter, setFilter] = useState<MessageFilter>({ direction: "out", partner: "", state: "" });
  const partners = usePartners();
  const dead = (partners.data?.items ?? []).reduce((sum, one) => sum + one.dead + one.inbox_dead, 0);
  return (
    <Page
      title={t("menu.partners")}
      aside={<Fresh at={partners.dataUpdatedAt} stale={partners.isError} />}
      data-testid="partners-page"
    >
      <span className={classes.heard} role="status">
        {dead > 0 && t("administration.partners.deadCount", { count: dead })}
      </span>
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List mb="md" className={classes.tabs}>
          <Tabs.Tab value="health">{t("administration.partners.health")}</Tabs.Tab>
          <Tabs.Tab
            value="messages"
            data-testid="tab-messages"
            rightSection={
              dead > 0 && (
                <Badge
                  color="red.8"
                  circle={dead < 10}
                  aria-label={t("administration.partners.deadCount", { count: dead })}
                >
                  {dead}
                </Badge>
              )
            }
          >
            {t("administration.partners.messages")}
          </Tabs.Tab>
          <Tabs.Tab value="reconciliation" data-testid="tab-reconciliation">
            {t("administration.partners.reconciliation")}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="health">
          <HealthTab
            onMessages={(wanted) => {
              setFilter(wanted);
              setTab("messages");
            }}
          />
        </Tabs.Panel>
        <Tabs.Panel value="messages">
          <MessagesTab filter={filter} onFilter={setFilter} />
        </Tabs.Panel>
        <Tabs.Panel value="reconciliation">
          <ReconciliationTab />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

/** When it was last looked at; it looks again by itself. */
function Fresh({ at, stale }: { at: number; stale: boolean }) {
  const { t } = useTranslation();
  if (!at) return null;
  const moment = new Date(at);
  const seconds = String(moment.getSeconds()).padStart(2, "0");
  return (
    <span className={classes.fresh} data-stale={stale}>
      <Icon name={stale ? "warning" : "check"} size={18} />
      <span className={classes.freshWords}>
        {t(stale ? "administration.partners.notFresh" : "administration.partners.freshAt")}
      </span>
      {`${dateTime(moment.toISOString()).slice(11)}:${seconds}`}
    </span>
  );
}
