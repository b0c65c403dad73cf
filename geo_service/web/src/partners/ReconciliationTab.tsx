import { Alert, Badge, Button, Group, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useReconciliation } from "../api/administrationQueries";
import type { Compared, Difference, Reconciliation, Unanswered } from "../api/administrationTypes";
import { dateTime, day as dayText, integer, isoDay, lastDay } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import table from "../ui/Table.module.css";
import { MessageList } from "./MessageList";
import classes from "./Partners.module.css";
import { agree, kindName, partnerName, saidText } from "./words";

/** A day in our books against the same day in the partners' books. */
export function ReconciliationTab() {
  const { t } = useTranslation();
  const today = isoDay(new Date());
  const [typed, setTyped] = useState(lastDay(today));
  const [day, setDay] = useState<string | null>(null);
  const found = useReconciliation(day);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (typed === day) void found.refetch();
    else setDay(typed);
  };
  return (
    <div className={classes.stack}>
      <Card>
        <form onSubmit={submit}>
          <Group align="flex-end">
            <TextInput
              type="date"
              label={t("administration.partners.day")}
              value={typed}
              max={today}
              onChange={(event) => setTyped(event.currentTarget.value)}
              required
              data-testid="reconcile-day"
            />
            <Button type="submit" loading={found.isFetching} disabled={!typed} data-testid="reconcile">
              {t("administration.partners.compare")}
            </Button>
          </Group>
          <p className={classes.dimmed}>{t("administration.partners.compareWhat")}</p>
        </form>
      </Card>
      {day !== null && <Loaded query={found}>{(data) => <Found data={data} />}</Loaded>}
    </div>
  );
}

function Found({ data }: { data: Reconciliation }) {
  const { t } = useTranslation();
  const all = data.partners.every(({ complete }) => complete);
  const good = all && data.partners.length > 0;
  return (
    <div className={classes.stack} data-testid="reconciliation" aria-live="polite">
      {data.differences.length > 0 ? (
        <Alert color="red" icon={<Icon name="warning" />}>
          {t("administration.partners.differences", {
            count: data.differences.length,
            day: dayText(data.day),
          })}
        </Alert>
      ) : (
        <Alert color={good ? "green" : "yellow"} icon={<Icon name={good ? "check" : "warning"} />}>
          {data.partners.length === 0
            ? t("administration.partners.nobodyToAsk")
            : all
              ? t("administration.partners.noDifferences", { day: dayText(data.day) })
              : t("administration.partners.notCompared")}
        </Alert>
      )}
      {data.partners.length > 0 && <Counts partners={data.partners} />}
      {data.differences.length > 0 && <Differences items={data.differences} />}
      {data.unanswered.length > 0 && <Questions items={data.unanswered} />}
      <Card title={t("administration.partners.attention")}>
        <MessageList items={data.attention} empty={t("administration.partners.noAttention")} />
      </Card>
    </div>
  );
}

function Counts({ partners }: { partners: readonly Compared[] }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  return (
    <Card title={t("administration.partners.counts")}>
      <table className={table.table} data-testid="compared">
        <thead>
          <tr>
            <th scope="col">{t("administration.partners.partner")}</th>
            <th scope="col">{t("administration.partners.weSent")}</th>
            <th scope="col">{t("administration.partners.theyGot")}</th>
            <th scope="col">{t("administration.partners.theySent")}</th>
            <th scope="col">{t("administration.partners.weHeard")}</th>
            <th scope="col">{t("administration.standing")}</th>
          </tr>
        </thead>
        <tbody>
          {partners.map((one) => (
            <tr key={one.partner}>
              <td data-label={t("administration.partners.partner")}>{partnerName(one.partner, t)}</td>
              <td data-label={t("administration.partners.weSent")}>{integer(one.sent, lang)}</td>
              <td data-label={t("administration.partners.theyGot")}>
                {one.reachable ? integer(one.they_got, lang) : "—"}
              </td>
              <td data-label={t("administration.partners.theySent")}>
                {one.reachable ? integer(one.they_sent, lang) : "—"}
              </td>
              <td data-label={t("administration.partners.weHeard")}>{integer(one.heard, lang)}</td>
              <td data-label={t("administration.standing")}>
                <Agreement one={one} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function Agreement({ one }: { one: Compared }) {
  const { t } = useTranslation();
  const state = !one.reachable ? "silent" : !one.complete ? "part" : agree(one) ? "same" : "other";
  const colour = { silent: "gray", part: "yellow", same: "green", other: "red" }[state];
  return (
    <span>
      <Badge variant="light" color={colour}>
        {t(`administration.partners.agreement.${state}`)}
      </Badge>
      {one.trouble && <span className={classes.error}>{one.trouble}</span>}
    </span>
  );
}

function Differences({ items }: { items: readonly Difference[] }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  return (
    <Card title={t("administration.partners.differencesTitle")}>
      <ul className={classes.list} data-testid="differences">
        {items.map((one) => (
          <li key={`${one.partner}/${one.direction}/${one.message}`} className={classes.difference}>
            <b>{saidText(one.why, lang)}</b>
            <span>
              {[partnerName(one.partner, t), kindName(one.kind, t), one.dossier, dateTime(one.at)]
                .filter(Boolean)
                .join(" · ")}
            </span>
            <code>{one.message}</code>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Questions({ items }: { items: readonly Unanswered[] }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  return (
    <Card title={t("administration.partners.unanswered")}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">{t("administration.partners.dossier")}</th>
            <th scope="col">{t("administration.partners.question")}</th>
            <th scope="col">{t("administration.partners.sentAt")}</th>
            <th scope="col">{t("administration.partners.waits")}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.id}>
              <td data-label={t("administration.partners.dossier")}>{one.dossier}</td>
              <td data-label={t("administration.partners.question")}>
                {kindName(one.kind, t)} · {partnerName(one.partner, t)}
              </td>
              <td data-label={t("administration.partners.sentAt")} className={table.nowrap}>
                {dateTime(one.sent_at)}
              </td>
              <td data-label={t("administration.partners.waits")}>
                <span>
                  {t("administration.term.working_day", { count: one.working_days })}
                  {one.late && one.why && <span className={classes.error}>{saidText(one.why, lang)}</span>}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
