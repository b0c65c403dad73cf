import "../i18n/citizen";
import { Alert, Button, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Tracked } from "../api/citizen";
import { useTracked } from "../api/citizenQueries";
import { asProblem } from "../api/client";
import { useDossierFeed } from "../live/useDossierFeed";
import { followDossier, useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Card, Page } from "../ui/Page";
import page from "../ui/Page.module.css";
import { ProblemAlert } from "../ui/ProblemAlert";
import { When } from "../ui/When";
import classes from "./Citizen.module.css";
import { Deadline } from "./Deadline";
import { gathered, History } from "./History";
import { PageButtons } from "./pageButtons";
import { PaperState } from "./PaperState";
import { ParcelLinks } from "./ParcelLinks";
import { PayList } from "./PayList";
import { Progress } from "./Progress";
import { StatusBadge } from "./StatusBadge";
import { readCode } from "./trackCode";
import { nameOf } from "./words";

/** Where a dossier is, for whoever has its code, without signing in. Stays up to date by itself. */
export default function TrackPage() {
  const { t } = useTranslation();
  const code = useView((v) => v.code);
  const token = useView((v) => v.token);
  const tracked = useTracked(code, token);
  const problem = tracked.error && asProblem(tracked.error);
  return (
    <Page title={t("citizen.track.title")} data-testid="track-page" aside={<PageButtons but="track" />}>
      <div className={classes.printable}>
        <CodeForm key={code} code={code} busy={tracked.isFetching && !tracked.data} />
        {problem?.status === 404 && code && <Unknown code={code} token={token} />}
        {problem && problem.status !== 404 && (
          <ProblemAlert problem={problem}>
            <Button mt="sm" onClick={() => void tracked.refetch()}>
              {t("edit.tryAgain")}
            </Button>
          </ProblemAlert>
        )}
        {tracked.data && !problem && <Standing told={tracked.data} />}
      </div>
    </Page>
  );
}

function CodeForm({ code, busy }: { code: string | null; busy: boolean }) {
  const { t } = useTranslation();
  const token = useView((v) => v.token);
  const [text, setText] = useState(code ?? "");
  const [wrong, setWrong] = useState(false);
  const find = (typed: string) => {
    const followed = readCode(typed);
    setWrong(followed === null);
    // the code that is shown already keeps the secret of its receipt
    if (followed) followDossier(followed.code, followed.token ?? (followed.code === code ? token : null));
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    find(text);
  };
  return (
    <form onSubmit={submit} className={classes.codeForm}>
      <TextInput
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        label={t("citizen.track.code")}
        description={t("citizen.track.where")}
        placeholder="H26.103-261122-0001"
        error={wrong && t("citizen.track.noCode")}
        size="lg"
        autoComplete="off"
        autoCapitalize="characters"
        spellCheck={false}
        data-testid="track-code"
      />
      <Button
        type="submit"
        size="lg"
        leftSection={<Icon name="search" />}
        loading={busy}
        disabled={!text.trim()}
        data-testid="track-find"
      >
        {t("citizen.track.find")}
      </Button>
    </form>
  );
}

function Unknown({ code, token }: { code: string; token: string | null }) {
  const { t } = useTranslation();
  return (
    <Alert
      color="orange"
      variant="light"
      icon={<Icon name="warning" />}
      title={t("citizen.track.unknown", { code })}
      role="alert"
      data-testid="track-unknown"
    >
      <ul className={classes.needs}>
        <li>{t("citizen.track.check")}</li>
        <li>{t("citizen.track.other")}</li>
      </ul>
      {token && (
        <Button mt="sm" variant="light" onClick={() => followDossier(code)}>
          {t("citizen.track.withoutToken")}
        </Button>
      )}
    </Alert>
  );
}

function Standing({ told }: { told: Tracked }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  useDossierFeed(
    [`dossier/${told.id}`],
    () => void client.invalidateQueries({ queryKey: ["tracked", told.code] }),
  );
  const say = (vi: string | null, en: string | null) => (lang === "vi" ? vi : en) ?? vi;
  const step = say(told.step_vi, told.step_en) ?? "";
  const over = told.finished_at !== null && told.status !== 9;
  const missing = told.papers?.filter(({ state }) => state === "missing" || state === "reusable") ?? [];
  return (
    <div className={classes.wizard} data-testid="tracked">
      <section className={classes.standing}>
        <div className={classes.dossierHead}>
          <div>
            <Text size="lg" fw={600}>
              {say(told.procedure_vi, told.procedure_en)}
            </Text>
            <span className={classes.code}>{told.code}</span>
          </div>
          <StatusBadge code={told.status} name={say(told.status_vi, told.status_en) ?? ""} />
        </div>
        <Progress status={told.status} received={told.received_at !== null} />
        <dl className={classes.about}>
          <dt>{t("citizen.track.step")}</dt>
          <dd aria-live="polite" aria-atomic="true" role="status" data-testid="track-step">
            {step}
          </dd>
          {!over && (
            <>
              <dt>{t("citizen.track.holder")}</dt>
              <dd data-testid="track-holder">
                {[say(told.holder_vi, told.holder_en), told.holder !== "citizen" && told.holder_unit_name]
                  .filter(Boolean)
                  .join(" – ")}
              </dd>
              <dt>{t("citizen.track.since")}</dt>
              <dd>
                <When at={told.step_since} row />
              </dd>
            </>
          )}
          <dt>{t("citizen.track.filed")}</dt>
          <dd>
            <When at={told.filed_at} row />
            {told.received_unit_name && <div className={classes.small}>{told.received_unit_name}</div>}
          </dd>
        </dl>
        <Deadline
          due={told.due_at}
          tone={told.tone}
          finished={told.finished_at}
          received={told.received_at}
          promised={told.promised_at}
          waits={say(told.waits_vi, told.waits_en)}
          limit={told.limit}
        />
        {told.note && <blockquote className={classes.note}>{told.note}</blockquote>}
        <div className={`${classes.actions} ${classes.unprinted}`}>
          <Button variant="default" leftSection={<Icon name="print" />} onClick={() => window.print()}>
            {t("citizen.track.print")}
          </Button>
        </div>
      </section>
      <div className={told.parcels ? page.columns : undefined}>
        <div className={classes.wizard}>
          {told.parcels && told.parcels.length > 0 && (
            <Card title={t("citizen.parcels.title")}>
              <ParcelLinks
                parcels={told.parcels.map((one) => ({
                  ...one,
                  label: t("panel.title", { number: one.number ?? "—", sheet: one.sheet ?? "—" }),
                }))}
              />
            </Card>
          )}
          {missing.length > 0 && !told.finished_at && (
            <Card title={t("citizen.track.missing")}>
              <ul className={classes.plain}>
                {missing.map((paper) => (
                  <li key={paper.code} className={classes.chosen}>
                    <span className={classes.grow}>{nameOf(paper, lang)}</span>
                    <PaperState state={paper.state} required={paper.required} />
                  </li>
                ))}
              </ul>
            </Card>
          )}
          {told.payments && told.payments.length > 0 && (
            <Card title={t("citizen.pay.title")}>
              <PayList payments={told.payments} />
            </Card>
          )}
        </div>
        <Card title={t("citizen.history")}>
          <History
            events={gathered(
              told.history.map(({ at, kind, action_vi, action_en, step_vi, step_en }) => ({
                at,
                kind,
                action: say(action_vi, action_en),
                step: say(step_vi, step_en),
              })),
            )}
          />
        </Card>
      </div>
    </div>
  );
}
