import { Alert, Anchor, Button, Group, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { forgetOwnDossier } from "../api/citizenQueries";
import { asProblem } from "../api/client";
import { dossiers } from "../api/dossiers";
import { useDossier, usePapers } from "../api/dossierQueries";
import type { Dossier, DossierAction, Papers } from "../api/dossierTypes";
import { useDossierFeed } from "../live/useDossierFeed";
import { followDossier, useView } from "../state/view";
import { CopyText } from "../ui/CopyText";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import page from "../ui/Page.module.css";
import { ProblemAlert } from "../ui/ProblemAlert";
import { BeforeAfter } from "./BeforeAfter";
import classes from "./Citizen.module.css";
import { Deadline } from "./Deadline";
import { gathered, History } from "./History";
import { IssuedPapers } from "./IssuedPapers";
import { PaperList } from "./PaperList";
import { ParcelLinks } from "./ParcelLinks";
import { isOpen, PayList } from "./PayList";
import { Progress } from "./Progress";
import { StatusBadge } from "./StatusBadge";
import { useSending } from "./useSending";
import { nameOf } from "./words";

/** A dossier for who applied: what to do now, then everything about it. */
export function MyDossier({ id }: { id: string }) {
  const client = useQueryClient();
  const dossier = useDossier(id);
  const papers = usePapers(id);
  useDossierFeed([`dossier/${id}`], () => forgetOwnDossier(client, id));
  useEffect(() => {
    // back from the payment partner's page
    const onShow = () => document.visibilityState === "visible" && forgetOwnDossier(client, id);
    document.addEventListener("visibilitychange", onShow);
    window.addEventListener("pageshow", onShow);
    return () => {
      document.removeEventListener("visibilitychange", onShow);
      window.removeEventListener("pageshow", onShow);
    };
  }, [client, id]);
  return (
    <Loaded query={dossier}>
      {(found) => <Loaded query={papers}>{(list) => <Whole dossier={found} papers={list} />}</Loaded>}
    </Loaded>
  );
}

function Whole({ dossier, papers }: { dossier: Dossier; papers: Papers }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  const sending = useSending((id) => forgetOwnDossier(client, id));
  const { reason } = dossier.step;
  const supplement = dossier.actions.find(({ kind }) => kind === "supplement");
  const list = (
    <PaperList
      dossier={dossier.id}
      papers={papers}
      since={dossier.step_since}
      over={dossier.finished_at !== null}
      sending={sending}
      onChanged={() => forgetOwnDossier(client, dossier.id)}
    />
  );
  return (
    <div className={classes.wizard} data-testid="my-dossier">
      <header className={classes.dossierHead}>
        <div>
          <Text size="lg" fw={600}>
            {nameOf(dossier.procedure, lang)}
          </Text>
          <Group gap={4}>
            <span className={classes.code} data-testid="dossier-code">
              {dossier.code}
            </span>
            <CopyText text={dossier.code} />
            <Anchor
              component="button"
              type="button"
              onClick={() => followDossier(dossier.code, dossier.token)}
            >
              {t("citizen.mine.public")}
            </Anchor>
          </Group>
        </div>
        <StatusBadge code={dossier.status.code} name={nameOf(dossier.status, lang)} />
      </header>
      <Progress status={dossier.status.code} received={dossier.received_at !== null} />
      <Deadline
        due={dossier.due_at}
        tone={dossier.tone}
        finished={dossier.finished_at}
        received={dossier.received_at}
        promised={dossier.promised_at}
        waits={reason && nameOf(reason, lang)}
        limit={dossier.terms.limit ?? null}
      />
      <Text role="status" aria-live="polite">
        {nameOf(dossier.step, lang)} · {lang === "vi" ? dossier.step.role_vi : dossier.step.role_en}
      </Text>
      {supplement ? (
        <Duty title={t("citizen.duty.supplement")} note={noteOf(dossier, ["ask_supplement"])}>
          <Text>{t("citizen.duty.supplementHow")}</Text>
          {list}
          <Act dossier={dossier} action={supplement} label={t("citizen.duty.send")} disabled={sending.busy} />
        </Duty>
      ) : (
        <ToDo dossier={dossier} papers={papers} />
      )}
      {!supplement && <Card title={t("citizen.file.step.papers")}>{list}</Card>}
      <IssuedPapers dossier={dossier} />
      {dossier.payments.length > 0 && (
        <Card title={t("citizen.pay.title")}>
          {/* what is to be paid now has its buttons above */}
          <PayList payments={dossier.payments} {...(supplement ? { dossier: dossier.id } : {})} />
        </Card>
      )}
      <div className={page.columns}>
        <Card title={t("citizen.parcels.title")}>
          <ParcelLinks parcels={dossier.parcels} />
          {dossier.parcels.some(({ role }) => role === "result") && <BeforeAfter id={dossier.id} />}
        </Card>
        <Card title={t("citizen.history")}>
          <History
            events={gathered(
              dossier.events
                .filter(({ kind }) => kind !== "assign")
                .map(({ at, kind, action, to_step, note }) => ({
                  at,
                  kind,
                  note,
                  action: action && nameOf(action, lang),
                  step: to_step && nameOf(to_step, lang),
                })),
            )}
          />
        </Card>
      </div>
      <Withdraw dossier={dossier} />
    </div>
  );
}

const noteOf = ({ events }: Dossier, kinds: readonly string[]) =>
  events.filter(({ kind, note }) => kinds.includes(kind) && note).at(-1)?.note ?? null;

const asksToPay = ({ status, payments }: Dossier) =>
  ![3, 7, 8, 9, 10].includes(status.code) && payments.some(isOpen);

/** The one thing to do now, large, with why. */
function ToDo({ dossier, papers }: { dossier: Dossier; papers: Papers }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const missing = papers.checklist.filter(
    ({ required, state }) => required && (state === "missing" || state === "reusable"),
  );
  if (dossier.status.code === 9) {
    return (
      <Duty title={t("citizen.duty.pickUp")}>
        <Text>{t("citizen.duty.pickUpWhere", { unit: dossier.received_unit.name, code: dossier.code })}</Text>
      </Duty>
    );
  }
  if (dossier.status.code === 3 || dossier.status.code === 8) {
    const why = noteOf(dossier, ["refuse", "stop"]);
    return why && <Duty title={t("citizen.duty.why")} note={why} />;
  }
  if (asksToPay(dossier)) {
    return (
      <Duty title={t("citizen.duty.pay")}>
        <PayList payments={dossier.payments.filter(isOpen)} dossier={dossier.id} />
      </Duty>
    );
  }
  if (papers.may_attach && missing.length > 0) {
    return (
      <Duty title={t("citizen.duty.complete")}>
        <ul className={classes.needs}>
          {missing.map((one) => (
            <li key={one.code}>{nameOf(one, lang)}</li>
          ))}
        </ul>
      </Duty>
    );
  }
  return null;
}

function Duty({
  title,
  note = null,
  children,
}: {
  title: string;
  note?: string | null;
  children?: React.ReactNode;
}) {
  return (
    <section className={classes.duty} aria-label={title} data-testid="duty">
      <div className={classes.dutyTitle}>
        <Icon name="warning" /> {title}
      </div>
      {note && <blockquote className={classes.note}>{note}</blockquote>}
      {children}
    </section>
  );
}

interface ActProps {
  dossier: Dossier;
  action: DossierAction;
  label: string;
  disabled?: boolean;
  color?: string;
}

function Act({ dossier, action, label, disabled = false, color }: ActProps) {
  const client = useQueryClient();
  const lang = useView((v) => v.lang);
  const act = useMutation({
    mutationFn: () => dossiers.act(dossier.id, action.code, { revision: dossier.revision }),
    onSettled: () => forgetOwnDossier(client, dossier.id),
  });
  const problem = act.error && asProblem(act.error);
  const lacking =
    (problem as { missing?: { code: string; name_vi: string; name_en: string }[] } | null)?.missing ?? [];
  return (
    <>
      <Button
        size="lg"
        {...(color ? { color } : {})}
        loading={act.isPending}
        disabled={disabled}
        onClick={() => act.mutate()}
        data-testid={`act-${action.code}`}
      >
        {label}
      </Button>
      {problem && (
        <ProblemAlert problem={problem}>
          <ul className={classes.needs}>
            {lacking.map((one) => (
              <li key={one.code}>{nameOf(one, lang)}</li>
            ))}
          </ul>
        </ProblemAlert>
      )}
    </>
  );
}

/** Taking everything back is asked about twice. */
function Withdraw({ dossier }: { dossier: Dossier }) {
  const { t } = useTranslation();
  const [sure, setSure] = useState(false);
  const action = dossier.actions.find(({ kind }) => kind === "withdraw");
  if (!action) return null;
  if (!sure) {
    return (
      <div>
        <Button
          variant="subtle"
          color="red"
          leftSection={<Icon name="undo" />}
          onClick={() => setSure(true)}
          data-testid="withdraw"
        >
          {t("citizen.withdraw.ask")}
        </Button>
      </div>
    );
  }
  return (
    <Alert
      color="red"
      variant="light"
      icon={<Icon name="warning" />}
      title={t("citizen.withdraw.sure")}
      data-testid="withdraw-sure"
    >
      <Text mb="sm">{t("citizen.withdraw.what")}</Text>
      <Group>
        <Act dossier={dossier} action={action} label={t("citizen.withdraw.yes")} color="red" />
        <Button size="lg" variant="default" onClick={() => setSure(false)}>
          {t("citizen.withdraw.no")}
        </Button>
      </Group>
    </Alert>
  );
}
