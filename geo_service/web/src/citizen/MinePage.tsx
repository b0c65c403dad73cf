import "../i18n/citizen";
import { Button, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { forgetOwnDossier, useMyDossiers } from "../api/citizenQueries";
import type { DossierBrief } from "../api/dossierTypes";
import { useSession } from "../api/queries";
import { useDossierFeed } from "../live/useDossierFeed";
import { openPage, useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import classes from "./Citizen.module.css";
import { Deadline } from "./Deadline";
import { MyDossier } from "./MyDossier";
import { openMine } from "./open";
import { PageButtons } from "./pageButtons";
import { StatusBadge } from "./StatusBadge";
import { nameOf } from "./words";

/** One's own dossiers: what one has to do now before what others do. */
export default function MinePage() {
  const { t } = useTranslation();
  const user = useSession().data?.user;
  const open = useView((v) => v.dossier);
  if (!user) return null;
  return (
    <Page title={t("citizen.mine.title")} data-testid="mine-page" aside={<PageButtons but="mine" />}>
      {open ? (
        <>
          <Button
            variant="subtle"
            px="xs"
            mb="xs"
            leftSection={<Icon name="left" />}
            onClick={() => openMine()}
            data-testid="all-mine"
          >
            {t("citizen.mine.all")}
          </Button>
          <MyDossier key={open} id={open} />
        </>
      ) : (
        <List />
      )}
    </Page>
  );
}

/** What the applicant has to do, as far as a list tells. */
export function dutyOf({
  status,
  step,
}: Pick<DossierBrief, "status" | "step">): "supplement" | "pay" | "pickUp" | null {
  if (status.code === 5) return "supplement";
  if (status.code === 6 && step.role === "citizen") return "pay";
  return status.code === 9 ? "pickUp" : null;
}

/** The feed is subscribed to for this many at once; older dossiers do not move. */
const FOLLOWED = 100;

function List() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const mine = useMyDossiers();
  const moving = (mine.data?.items ?? []).filter(({ status }) => ![3, 7, 8, 10].includes(status.code));
  useDossierFeed(
    moving.slice(0, FOLLOWED).map(({ id }) => `dossier/${id}`),
    ({ id }) => forgetOwnDossier(client, id),
  );
  return (
    <Loaded query={mine}>
      {({ items }) => {
        if (!items.length) return <Nothing />;
        const groups = {
          todo: items.filter((one) => dutyOf(one)),
          running: items.filter((one) => !dutyOf(one) && ![3, 7, 8, 10].includes(one.status.code)),
          over: items.filter(({ status }) => [3, 7, 8, 10].includes(status.code)),
        };
        return (["todo", "running", "over"] as const).map((group) => (
          <Group key={group} title={t(`citizen.mine.group.${group}`)} dossiers={groups[group]} />
        ));
      }}
    </Loaded>
  );
}

function Nothing() {
  const { t } = useTranslation();
  return (
    <div className={classes.empty}>
      <Text size="lg">{t("citizen.mine.none")}</Text>
      <Button size="md" leftSection={<Icon name="plus" />} onClick={() => openPage("procedures")}>
        {t("citizen.mine.first")}
      </Button>
    </div>
  );
}

function Group({ title, dossiers }: { title: string; dossiers: readonly DossierBrief[] }) {
  if (!dossiers.length) return null;
  return (
    <section className={classes.group} aria-label={title}>
      <Title order={3} size="h4">
        {title} ({dossiers.length})
      </Title>
      <ul className={classes.cards}>
        {dossiers.map((dossier) => (
          <li key={dossier.id}>
            <DossierCard dossier={dossier} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function DossierCard({ dossier }: { dossier: DossierBrief }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const duty = dutyOf(dossier);
  const { reason } = dossier.step;
  return (
    <article className={classes.mine} data-duty={duty !== null} data-testid={`mine-${dossier.code}`}>
      <StatusBadge code={dossier.status.code} name={nameOf(dossier.status, lang)} />
      <b>{nameOf(dossier.procedure, lang)}</b>
      <span className={classes.code}>{dossier.code}</span>
      <span className={classes.small}>
        {nameOf(dossier.step, lang)} · {dossier.competent_unit.name}
      </span>
      <Deadline
        due={dossier.due_at}
        tone={dossier.tone}
        finished={dossier.finished_at}
        received={dossier.received_at}
        waits={reason && nameOf(reason, lang)}
      />
      <Button
        size="md"
        variant={duty ? "filled" : "default"}
        rightSection={<Icon name="right" />}
        onClick={() => openMine(dossier.id)}
        aria-label={`${t(duty ? `citizen.duty.${duty}` : "citizen.mine.open")}: ${dossier.code}`}
        data-testid="open-dossier"
      >
        {t(duty ? `citizen.duty.${duty}` : "citizen.mine.open")}
      </Button>
    </article>
  );
}
