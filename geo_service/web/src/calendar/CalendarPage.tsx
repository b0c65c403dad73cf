import "../i18n/administration";
import { Tabs } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Page } from "../ui/Page";
import classes from "./Calendar.module.css";
import { HoursTab } from "./HoursTab";
import { OutagesTab } from "./OutagesTab";
import { YearTab } from "./YearTab";

/** The working calendar all due dates are counted by. */
export default function CalendarPage() {
  const { t } = useTranslation();
  const [tab, setTab] = useState<string | null>("year");
  return (
    <Page title={t("menu.calendar")} data-testid="calendar-page">
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List mb="md" className={classes.tabs}>
          <Tabs.Tab value="year">{t("administration.calendar.year")}</Tabs.Tab>
          <Tabs.Tab value="hours" data-testid="tab-hours">
            {t("administration.calendar.hoursTab")}
          </Tabs.Tab>
          <Tabs.Tab value="outages" data-testid="tab-outages">
            {t("administration.calendar.outages")}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="year">
          <YearTab />
        </Tabs.Panel>
        <Tabs.Panel value="hours">
          <HoursTab />
        </Tabs.Panel>
        <Tabs.Panel value="outages">
          <OutagesTab />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
