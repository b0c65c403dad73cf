import "../i18n/findings";
import { Alert, Badge, Button, Group, Loader, ScrollArea, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import type { FindingBrief } from "../api/findings";
import { useFindingCounts, useFindings } from "../api/findingsQueries";
import panel from "../editing/Edit.module.css";
import { integer } from "../format";
import { openFinding, openPage, useView } from "../state/view";
import { PanelHead } from "../ui/PanelHead";
import { ProblemAlert } from "../ui/ProblemAlert";
import { useEscape } from "../ui/useEscape";
import { FindingDetail } from "./FindingDetail";
import { FindingFilters } from "./FindingFilters";
import { FindingRow } from "./FindingRow";
import classes from "./Findings.module.css";
import { FindingsOnMap } from "./FindingsOnMap";
import { beside, findingsView, narrowed, useFindingsView } from "./findingsView";
import { useFindingsFeed } from "./useFindingsFeed";

/** The inspector's work list with the map beside it, or one finding of it. */
export default function FindingsPanel() {
  const { t } = useTranslation();
  const id = useView((v) => v.finding);
  const { filter, sort, chosen } = useFindingsView();
  const query = useFindings(filter, sort);
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  useFindingsFeed();
  const order = items.map((one) => one.id).join(",");
  useEffect(() => {
    // a finding that was judged leaves the list; from there one goes on all the same
    if (id === null || !findingsView.get().order.length)
      findingsView.set({ order: order ? order.split(",") : [] });
  }, [order, id]);
  useEscape(() => (id === null ? openPage(null) : openFinding(null)));
  const go = (by: 1 | -1) => {
    const next = beside(findingsView.get().order, id ?? chosen, by);
    if (next === null) return;
    findingsView.set({ chosen: next });
    if (id !== null) openFinding(next);
  };
  useHotkeys([
    ["J", () => go(1)],
    ["K", () => go(-1)],
    ["Enter", () => id === null && chosen && openFinding(chosen)],
  ]);
  return (
    <section
      className={`${panel.panel} ${classes.panel}`}
      aria-label={t("finding.title")}
      data-testid="findings-panel"
    >
      <FindingsOnMap filter={filter} version={query.dataUpdatedAt} chosen={id ?? chosen} items={items} />
      {id === null ? (
        <WorkList query={query} items={items} />
      ) : (
        <FindingDetail key={id} id={id} onStep={go} />
      )}
    </section>
  );
}

interface ListProps {
  query: ReturnType<typeof useFindings>;
  items: readonly FindingBrief[];
}

function WorkList({ query, items }: ListProps) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { filter, chosen } = useFindingsView();
  const counts = useFindingCounts(filter).data;
  const total = counts
    ? Object.values(countsOf(counts.state, filter.state)).reduce((a, b) => a + b, 0)
    : null;
  useEffect(() => {
    document.querySelector(`[data-finding="${chosen}"]`)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <>
      <PanelHead
        title={t("finding.title")}
        lead={
          <Text c="dimmed" className={classes.lead}>
            {t("finding.lead")}
          </Text>
        }
        close={{ go: () => openPage(null), testid: "findings-close" }}
      />
      <FindingFilters counts={counts} />
      {items.some(({ simulated }) => simulated) && (
        <Group px="md" pb="xs">
          <Badge color="yellow" c="#713f12" variant="light" data-testid="findings-simulated">
            {t("finding.simulated")}
          </Badge>
        </Group>
      )}
      <ScrollArea className={classes.scroll} type="auto">
        {query.error && (
          <Alert p="md">
            <ProblemAlert problem={asProblem(query.error)} />
          </Alert>
        )}
        {query.isPending ? (
          <Loader m="md" aria-label={t("loading")} />
        ) : (
          <ol
            className={classes.list}
            aria-label={t("finding.list")}
            inert={query.isPlaceholderData}
            data-testid="finding-list"
          >
            {items.map((finding) => (
              <FindingRow key={finding.id} finding={finding} chosen={finding.id === chosen} />
            ))}
          </ol>
        )}
        {!query.isPending && !items.length && !query.error && (
          <Text p="md" c="dimmed" data-testid="findings-none">
            {t(narrowed(filter) ? "finding.none" : "finding.noneYet")}
          </Text>
        )}
        {query.hasNextPage && (
          <Button
            m="md"
            variant="default"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {t("finding.more")}
          </Button>
        )}
      </ScrollArea>
      <footer className={classes.foot}>
        <Text c="dimmed" role="status" data-testid="findings-found">
          {total !== null &&
            (items.length < total
              ? t("finding.shown", { n: integer(items.length, lang), total: integer(total, lang) })
              : t("finding.found", { n: integer(total, lang) }))}
        </Text>
        <Text c="dimmed" visibleFrom="sm">
          {t("finding.keys")}
        </Text>
      </footer>
    </>
  );
}

const countsOf = (states: Record<string, number>, state: string): Record<string, number> =>
  state ? { [state]: states[state] ?? 0 } : states;
