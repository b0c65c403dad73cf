import "../i18n/citizen";
import { Button, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useProcedures } from "../api/dossierQueries";
import type { ProcedureSummary } from "../api/dossierTypes";
import { useView, view } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import classes from "./Citizen.module.css";
import { LIFE_EVENTS, type LifeEvent, lifeEventOf, matching } from "./lifeEvents";
import { PageButtons } from "./pageButtons";
import { ProcedureDetail } from "./ProcedureDetail";
import { limitWords, nameOf } from "./words";

/** The catalogue for everybody: what one wants to do, what it needs, what it costs, how long it takes. */
export default function ProceduresPage() {
  const { t } = useTranslation();
  const all = useProcedures();
  const [wanted, setWanted] = useState("");
  const [event, setEvent] = useState<LifeEvent | null>(null);
  return (
    <Page
      title={t("citizen.procedures.title")}
      data-testid="procedures-page"
      aside={<PageButtons but="procedures" />}
    >
      <search className={classes.find}>
        <TextInput
          value={wanted}
          onChange={({ currentTarget }) => setWanted(currentTarget.value)}
          size="lg"
          radius="xl"
          label={t("citizen.procedures.ask")}
          placeholder={t("citizen.procedures.example")}
          leftSection={<Icon name="search" />}
          data-testid="procedure-search"
        />
      </search>
      <Loaded query={all}>
        {({ items }) => {
          const open = items.filter(({ kind }) => kind === "request");
          const found = matching(open, wanted, (one) => t(`citizen.event.${one}.words`));
          const shown = event ? found.filter((one) => lifeEventOf(one) === event) : found;
          return (
            <>
              <EventChips procedures={found} chosen={event} onChoose={setEvent} />
              <div role="status" className={classes.small}>
                {t("citizen.procedures.found", { count: shown.length })}
              </div>
              {LIFE_EVENTS.map((one) => (
                <EventGroup key={one} event={one} procedures={shown.filter((p) => lifeEventOf(p) === one)} />
              ))}
              {!shown.length && <Text mt="md">{t("citizen.procedures.none")}</Text>}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

interface ChipsProps {
  procedures: readonly ProcedureSummary[];
  chosen: LifeEvent | null;
  onChoose: (event: LifeEvent | null) => void;
}

function EventChips({ procedures, chosen, onChoose }: ChipsProps) {
  const { t } = useTranslation();
  const counts = new Map<LifeEvent, number>();
  for (const one of procedures) counts.set(lifeEventOf(one), (counts.get(lifeEventOf(one)) ?? 0) + 1);
  return (
    <div className={classes.chips} role="group" aria-label={t("citizen.procedures.byEvent")}>
      {LIFE_EVENTS.filter((event) => counts.has(event) || event === chosen).map((event) => (
        <Button
          key={event}
          variant={event === chosen ? "filled" : "default"}
          radius="xl"
          aria-pressed={event === chosen}
          onClick={() => onChoose(event === chosen ? null : event)}
        >
          {t(`citizen.event.${event}.title`)} ({counts.get(event) ?? 0})
        </Button>
      ))}
    </div>
  );
}

function EventGroup({ event, procedures }: { event: LifeEvent; procedures: readonly ProcedureSummary[] }) {
  const { t } = useTranslation();
  if (!procedures.length) return null;
  return (
    <section className={classes.group} aria-label={t(`citizen.event.${event}.title`)}>
      <Title order={3} size="h4">
        {t(`citizen.event.${event}.title`)}
      </Title>
      <ul className={classes.cards}>
        {procedures.map((one) => (
          <ProcedureCard key={one.code} procedure={one} />
        ))}
      </ul>
    </section>
  );
}

function ProcedureCard({ procedure }: { procedure: ProcedureSummary }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const open = useView((v) => v.code) === procedure.code;
  return (
    <li className={classes.procedure} data-open={open} data-testid={`procedure-${procedure.code}`}>
      <button
        type="button"
        className={classes.procedureHead}
        aria-expanded={open}
        onClick={() => view.set({ code: open ? null : procedure.code })}
      >
        <span className={classes.procedureName}>{nameOf(procedure, lang)}</span>
        <span className={classes.facts}>
          <span>
            <Icon name="clock" size={18} /> {limitWords(procedure.limit, lang)}
          </span>
          <span>
            <Icon name="people" size={18} /> {t(`citizen.level.${procedure.level}`)}
          </span>
          <span className={classes.code}>{procedure.code}</span>
        </span>
      </button>
      {open && <ProcedureDetail code={procedure.code} />}
    </li>
  );
}
