import "../i18n/work";
import { Alert, Button, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { useAudit, useAuditState } from "../api/peopleQueries";
import { useUnits } from "../api/queries";
import type { AuditEntry, AuditFilter } from "../api/types";
import { integer } from "../format";
import { unitName } from "../panel/names";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card, Page } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import table from "../ui/Table.module.css";
import { When } from "../ui/When";
import classes from "./Audit.module.css";
import { KINDS } from "./kinds";
import { detailName, detailText, eventName, shortHash } from "./names";

const EMPTY: AuditFilter = { actor: "", kind: "", subject: "", unit: "", from: "", to: "" };

/** The log of what was done and looked at, newest first, and whether its chain is whole. */
export default function AuditPage() {
  const { t } = useTranslation();
  const [filter, setFilter] = useState(EMPTY);
  const [settled] = useDebouncedValue(filter, 300);
  const log = useAudit(settled);
  const entries = log.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Page title={t("audit.title")} aside={<Chain />} data-testid="audit-page">
      <Card>
        <Filters filter={filter} onChange={setFilter} />
        <Loaded query={log}>
          {() => (
            <table className={table.table} data-testid="audit-list" aria-busy={log.isFetching}>
              <thead>
                <tr>
                  <th scope="col">{t("live.seq")}</th>
                  <th scope="col">{t("audit.at")}</th>
                  <th scope="col">{t("audit.actor")}</th>
                  <th scope="col">{t("audit.kind")}</th>
                  <th scope="col">{t("audit.subject")}</th>
                  <th scope="col">{t("audit.unit")}</th>
                  <th scope="col">{t("audit.hash")}</th>
                </tr>
              </thead>
              <tbody>
                {entries.map((entry) => (
                  <Row key={entry.id} entry={entry} />
                ))}
                {!entries.length && (
                  <tr>
                    <td colSpan={7}>{t("audit.nothing")}</td>
                  </tr>
                )}
              </tbody>
            </table>
          )}
        </Loaded>
        {log.isFetchNextPageError && <ProblemAlert problem={asProblem(log.error)} />}
        {log.hasNextPage && (
          <Button
            fullWidth
            variant="subtle"
            mt="sm"
            loading={log.isFetchingNextPage}
            onClick={() => void log.fetchNextPage()}
            data-testid="more-audit"
          >
            {t("more")}
          </Button>
        )}
      </Card>
    </Page>
  );
}

/** Whether every entry still follows from the one before. */
function Chain() {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const state = useAuditState();
  if (!state.data) return null;
  const { entries, head, verified } = state.data;
  if (!verified) {
    return (
      <Alert color="red" icon={<Icon name="warning" />} py={6} role="alert" data-testid="audit-state">
        {t("audit.broken")}
      </Alert>
    );
  }
  return (
    <span className={classes.chain} title={head ?? undefined} data-testid="audit-state">
      <Icon name="check" size={18} />
      {t("audit.verified", { n: integer(entries, lang) })}
    </span>
  );
}

function Filters({ filter, onChange }: { filter: AuditFilter; onChange: (filter: AuditFilter) => void }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const units = useUnits();
  const set = (name: keyof AuditFilter) => (event: { currentTarget: { value: string } }) =>
    onChange({ ...filter, [name]: event.currentTarget.value });
  return (
    <search className={classes.filters}>
      <TextInput
        label={t("audit.actor")}
        value={filter.actor}
        onChange={set("actor")}
        autoCapitalize="none"
        data-testid="audit-actor"
      />
      <NativeSelect
        label={t("audit.kind")}
        value={filter.kind}
        onChange={set("kind")}
        data={[
          { value: "", label: t("audit.any") },
          ...KINDS.map((kind) => ({ value: kind, label: eventName(kind, t) })),
        ]}
        data-testid="audit-kind"
      />
      <TextInput
        label={t("audit.subject")}
        placeholder="party:12"
        value={filter.subject}
        onChange={set("subject")}
        autoCapitalize="none"
        data-testid="audit-subject"
      />
      <NativeSelect
        label={t("audit.unit")}
        value={filter.unit}
        onChange={set("unit")}
        data={[
          { value: "", label: t("audit.any") },
          ...(units.data?.items ?? []).map((unit) => ({
            value: unit.code,
            label: lang === "vi" ? unitName(unit) : unit.name_en,
          })),
        ]}
        data-testid="audit-unit"
      />
      <TextInput
        type="date"
        label={t("audit.from")}
        value={filter.from}
        onChange={set("from")}
        data-testid="audit-from"
      />
      <TextInput
        type="date"
        label={t("audit.to")}
        value={filter.to}
        onChange={set("to")}
        data-testid="audit-to"
      />
      <Button variant="default" onClick={() => onChange(EMPTY)} data-testid="audit-clear">
        {t("audit.clear")}
      </Button>
    </search>
  );
}

function Row({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const detail = detailText(entry.detail, (name) => detailName(name, t));
  return (
    <tr>
      <td data-label={t("live.seq")} className={table.nowrap}>
        {integer(entry.id, lang)}
      </td>
      <td data-label={t("audit.at")}>
        <When at={entry.at} />
      </td>
      <td data-label={t("audit.actor")}>
        <span>
          {entry.actor_name ?? entry.actor ?? t("audit.nobody")}
          {entry.actor_name && <span className={classes.detail}>{entry.actor}</span>}
        </span>
      </td>
      <td data-label={t("audit.kind")}>
        <span>
          {eventName(entry.kind, t)}
          {detail && <span className={classes.detail}>{detail}</span>}
        </span>
      </td>
      <td data-label={t("audit.subject")}>{entry.subject || "—"}</td>
      <td data-label={t("audit.unit")}>
        <UnitOf code={entry.unit} />
      </td>
      <td data-label={t("audit.hash")} className={`${table.nowrap} ${table.mono} ${table.dimmed}`}>
        <span title={entry.hash}>{shortHash(entry.hash)}</span>
      </td>
    </tr>
  );
}

function UnitOf({ code }: { code: string | null }) {
  const units = useUnits();
  const unit = units.data?.items.find((known) => known.code === code);
  if (code === null) return "—";
  return <span title={code}>{unit ? unitName(unit) : code}</span>;
}
