import "../i18n/work";
import { Tabs } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "../ui/Page";
import { PeopleTab } from "./PeopleTab";
import { RolesTab } from "./RolesTab";
import { UnitsTab } from "./UnitsTab";

/** People, what they may do where, and the units they do it in. */
export default function AdminPage() {
  const { t } = useTranslation();
  const [tab, setTab] = useState<string | null>("people");
  return (
    <Page title={t("admin.title")} data-testid="admin-page">
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="people">{t("admin.people")}</Tabs.Tab>
          <Tabs.Tab value="units" data-testid="tab-units">
            {t("admin.units")}
          </Tabs.Tab>
          <Tabs.Tab value="roles" data-testid="tab-roles">
            {t("admin.roles")}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="people">
          <PeopleTab />
        </Tabs.Panel>
        <Tabs.Panel value="units">
          <UnitsTab />
        </Tabs.Panel>
        <Tabs.Panel value="roles">
          <RolesTab />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
