import "../i18n/citizen";
import "../i18n/dossier";
import "../i18n/work";
import { Badge, Button, Group, Stack, Tabs, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { useDesk, useDeskCounts } from "../api/dossierQueries";
import type { DeskTab, Tone } from "../api/dossierTypes";
import { integer } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Page } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Desk.module.css";
import { DeskFilters } from "./DeskFilters";
import { deskView, NO_FILTER, useDeskView } from "./deskView";
import { Inbox } from "./Inbox";

const TABS: DeskTab[] = ["todo", "mine", "unit", "waiting", "done"];
/** As many as the service puts on a page. */
const PAGE = 50;

/** The inbox: what one's desks have to do, most urgent first, live. */
export default function DeskPage() {
  const { t } = useTranslation();
  const { tab, filter, offset } = useDeskView();
  const query = useDesk(tab, filter, offset);
  const filtered = Object.values(filter).some(Boolean);
  return (
    <Page title={t("desk.title")} aside={<Urgent />} data-testid="desk-page">
      <Stack gap="sm">
        <Tabs
          value={tab}
          onChange={(value) =>
            deskView.set({ tab: TABS.find((one) => one === value) ?? "todo", offset: 0, chosen: null })
          }
        >
          <Tabs.List className={classes.tabs}>
            {TABS.map((one) => (
              <DeskTabHead key={one} tab={one} />
            ))}
          </Tabs.List>
        </Tabs>
        <DeskFilters />
        {query.error && <ProblemAlert problem={asProblem(query.error)} />}
        <Inbox
          key={`${tab}/${offset}`}
          page={query.isPlaceholderData ? undefined : query.data}
          waiting={query.isFetching && !query.data}
          empty={t(filtered ? "desk.empty.filtered" : `desk.empty.${tab}`)}
        />
        {query.data && <Paging total={query.data.total} offset={offset} />}
      </Stack>
    </Page>
  );
}

function DeskTabHead({ tab }: { tab: DeskTab }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const counts = useDeskCounts(true).data;
  const n = tab === "done" ? null : counts?.[tab];
  return (
    <Tabs.Tab
      value={tab}
      rightSection={
        n ? (
          <Badge variant="light" data-testid={`count-${tab}`}>
            {integer(n, lang)}
          </Badge>
        ) : undefined
      }
      data-testid={`desk-tab-${tab}`}
    >
      {t(`desk.tab.${tab}`)}
    </Tabs.Tab>
  );
}

/** What is late or nearly so, in all of one's units; a click shows it. */
function Urgent() {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const counts = useDeskCounts(true).data;
  const show = (tone: Tone) => () =>
    deskView.set({ tab: "unit", filter: { ...NO_FILTER, tone }, offset: 0, chosen: null });
  if (!counts) return null;
  return (
    <Group gap="xs" wrap="nowrap" aria-live="polite">
      {counts.late > 0 && (
        <Button variant="light" color="red" leftSection={<Icon name="late" />} onClick={show("red")}>
          {t("desk.late", { n: integer(counts.late, lang) })}
        </Button>
      )}
      {counts.due_soon > 0 && (
        <Button
          variant="light"
          color="yellow"
          c="#713f12"
          leftSection={<Icon name="warning" />}
          onClick={show("amber")}
          visibleFrom="sm"
        >
          {t("desk.soon", { n: integer(counts.due_soon, lang) })}
        </Button>
      )}
    </Group>
  );
}

function Paging({ total, offset }: { total: number; offset: number }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const [from, to] = [offset + 1, Math.min(offset + PAGE, total)];
  const go = (next: number) => deskView.set({ offset: Math.max(0, next), chosen: null });
  return (
    <Group justify="space-between">
      <Text c="dimmed" role="status" data-testid="desk-found">
        {total <= PAGE && offset === 0
          ? t("desk.found", { n: integer(total, lang) })
          : t("desk.page", { from: integer(from, lang), to: integer(to, lang), total: integer(total, lang) })}
      </Text>
      <Text c="dimmed" visibleFrom="sm">
        {t("desk.keys")}
      </Text>
      {total > PAGE && (
        <Group gap="xs">
          <Button variant="default" disabled={offset === 0} onClick={() => go(offset - PAGE)}>
            {t("desk.before")}
          </Button>
          <Button variant="default" disabled={to >= total} onClick={() => go(offset + PAGE)}>
            {t("desk.after")}
          </Button>
        </Group>
      )}
    </Group>
  );
}
