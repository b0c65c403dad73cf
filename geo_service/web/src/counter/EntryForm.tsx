import { Button, Group, NativeSelect, SegmentedControl, Stack, Text } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useProcedure } from "../api/dossierQueries";
import type { Unit } from "../api/types";
import { newId } from "../citizen/filing";
import { unitName } from "../panel/names";
import { Icon } from "../ui/icons";
import { Card } from "../ui/Page";
import classes from "./Counter.module.css";
import {
  dropEntry,
  type Entry,
  type Faults,
  faultsOf,
  isBegun,
  keepEntry,
  keepUnit,
  keptEntry,
  newEntry,
  usualUnit,
} from "./entry";
import { FeesPart } from "./FeesPart";
import { FieldsPart } from "./FieldsPart";
import { moveOn } from "./moveOn";
import { PapersPart } from "./PapersPart";
import { ParcelPart } from "./ParcelPart";
import { PersonPart } from "./PersonPart";
import { ProcedurePart } from "./ProcedurePart";
import { Received } from "./Received";
import { Stuck } from "./Stuck";
import { useReceiving } from "./useReceiving";

interface Props {
  login: string;
  /** where this officer receives */
  units: readonly Unit[];
}

/** What a part of the form gets. */
export interface PartProps {
  entry: Entry;
  faults: Faults;
  onChange: (change: Partial<Entry>) => void;
}

/** The whole entry on one sheet; Enter goes through it, Ctrl + Enter ends it. */
export function EntryForm({ login, units }: Props) {
  const { t } = useTranslation();
  const form = useRef<HTMLFormElement>(null);
  const [entry, setEntry] = useState(
    () => keptEntry(sessionStorage, login) ?? newEntry(newId(), usualUnit(localStorage, units)),
  );
  const [asked, setAsked] = useState(false);
  const change = (part: Partial<Entry>) => setEntry((before) => ({ ...before, ...part }));
  const competent = entry.parcels[0]?.unit ?? entry.unit;
  const procedure = useProcedure(entry.procedure || null, competent || null).data;
  const definition = procedure?.definition ?? null;
  const documents = procedure?.terms?.documents ?? definition?.documents ?? [];
  const receiving = useReceiving({ entry, onOpened: (opened) => change({ opened }) });
  const { phase, files, received } = receiving;

  useEffect(() => {
    keepUnit(localStorage, entry.unit);
    if (phase !== "done") keepEntry(sessionStorage, login, entry);
    else dropEntry(sessionStorage, login);
  }, [login, entry, phase]);

  const all = faultsOf(entry, definition);
  const faults = asked && !entry.opened ? all : {};
  const busy = phase === "busy";
  const focus = (part: string) =>
    form.current
      ?.querySelector<HTMLElement>(`#counter-${part} :is(input, select, button):not(:disabled)`)
      ?.focus();
  const receive = () => {
    if (busy || phase === "done") return;
    const first = entry.opened ? undefined : Object.keys(all)[0];
    setAsked(true);
    if (first !== undefined || !definition) {
      // the word next to it is drawn first, so that it is read out with the input
      window.setTimeout(() => document.getElementById(`counter-${first}`)?.focus());
      return;
    }
    void receiving.receive(definition, documents);
  };
  const restart = () => {
    dropEntry(sessionStorage, login);
    receiving.forget();
    setAsked(false);
    setEntry(newEntry(newId(), entry.unit));
    window.setTimeout(() => focus("person"));
  };
  useHotkeys(
    [
      ["F2", () => focus("person")],
      ["F4", () => focus("parcels")],
      ["F8", () => focus("procedures")],
      ["F9", () => focus("papers")],
      ["mod+Enter", receive],
      ["alt+N", restart],
    ],
    [],
  );

  if (phase === "done" && received) return <Received dossier={received} onNext={restart} />;
  const part = { entry, faults, onChange: change };
  return (
    <form
      ref={form}
      onKeyDown={moveOn}
      onSubmit={(event) => event.preventDefault()}
      aria-label={t("counter.entry")}
      data-testid="counter-entry"
    >
      <fieldset className={classes.fields} disabled={entry.opened !== null || busy}>
        <Card
          title={t("counter.person.title")}
          aside={<Where entry={entry} units={units} onChange={change} fault={faults.unit} />}
        >
          <PersonPart key={entry.id} {...part} />
        </Card>
        <Card title={t("counter.parcel.title")}>
          <ParcelPart key={entry.id} {...part} />
        </Card>
        <Card title={t("counter.procedure.title")}>
          <Stack gap="sm">
            <ProcedurePart {...part} definition={definition} />
            {definition && <FieldsPart {...part} definition={definition} />}
          </Stack>
        </Card>
      </fieldset>
      {definition && (
        <>
          <Card title={t("counter.papers.title")}>
            <PapersPart
              entry={entry}
              definition={definition}
              documents={documents}
              files={files}
              disabled={busy}
              onAdd={receiving.add}
              onDrop={receiving.drop}
            />
          </Card>
          <Card title={t("counter.fees.title")}>
            <FeesPart {...part} fees={procedure?.terms?.fees ?? definition.fees} disabled={busy} />
          </Card>
        </>
      )}
      <div className={classes.finish}>
        {receiving.error !== null && <Stuck receiving={receiving} entry={entry} />}
        <Group justify="space-between" gap="sm" wrap="nowrap">
          <Button
            variant="subtle"
            color="red"
            leftSection={<Icon name="trash" />}
            onClick={restart}
            disabled={busy || !isBegun(entry)}
            aria-label={t("counter.clear")}
            data-testid="counter-clear"
          >
            <span className={classes.long}>{t("counter.clear")}</span>
          </Button>
          <Group gap="sm">
            {busy && <Text role="status">{receiving.doing && t(`counter.doing.${receiving.doing}`)}</Text>}
            <Button
              size="md"
              leftSection={<Icon name="check" />}
              loading={busy}
              onClick={receive}
              data-enter
              data-testid="counter-receive"
            >
              {t(entry.opened ? "counter.receiveOpened" : "counter.receive")}
            </Button>
          </Group>
        </Group>
      </div>
    </form>
  );
}

interface WhereProps {
  entry: Entry;
  units: readonly Unit[];
  fault: string | undefined;
  onChange: PartProps["onChange"];
}

/** Where it is received, and how it came. */
function Where({ entry, units, fault, onChange }: WhereProps) {
  const { t } = useTranslation();
  return (
    <Group gap="sm">
      {units.length > 1 && (
        <NativeSelect
          id="counter-unit"
          aria-label={t("counter.unit")}
          value={entry.unit}
          onChange={(event) => onChange({ unit: event.currentTarget.value })}
          data={units.map((unit) => ({ value: unit.code, label: unitName(unit) }))}
          error={fault && t("counter.fault.needed")}
          data-testid="counter-unit"
        />
      )}
      <SegmentedControl
        value={String(entry.channel)}
        onChange={(value) => onChange({ channel: value === "3" ? 3 : 1 })}
        data={[
          { value: "1", label: t("dossier.channels.1") },
          { value: "3", label: t("dossier.channels.3") },
        ]}
        aria-label={t("dossier.channel")}
      />
    </Group>
  );
}
