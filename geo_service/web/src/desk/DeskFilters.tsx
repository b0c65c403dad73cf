import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedCallback, useHotkeys } from "@mantine/hooks";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useProcedures } from "../api/dossierQueries";
import type { DeskFilter, StatusCode, Tone } from "../api/dossierTypes";
import { useSession, useUnits } from "../api/queries";
import { nameOf } from "../citizen/words";
import { unitName } from "../panel/names";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Desk.module.css";
import { deskView, NO_FILTER, useDeskView } from "./deskView";

const STATUSES: StatusCode[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const TONES: Tone[] = ["green", "amber", "red"];

/** Words, procedure, status, unit and term; each narrows the list. */
export function DeskFilters() {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { filter } = useDeskView();
  const set = (change: Partial<DeskFilter>) =>
    deskView.set({ filter: { ...deskView.get().filter, ...change }, offset: 0, chosen: null });
  const procedures = useProcedures().data?.items ?? [];
  const units = useOwnUnits();
  return (
    <div className={classes.filters} role="search">
      <Words key={filter === NO_FILTER ? "empty" : "filled"} onWords={(q) => set({ q })} start={filter.q} />
      <NativeSelect
        aria-label={t("desk.procedure")}
        value={filter.procedure}
        onChange={(event) => set({ procedure: event.currentTarget.value })}
        data={[
          { value: "", label: t("desk.anyProcedure") },
          ...procedures.map((one) => ({ value: one.code, label: `${nameOf(one, lang)} (${one.code})` })),
        ]}
        data-testid="filter-procedure"
      />
      <NativeSelect
        aria-label={t("desk.statusLabel")}
        value={filter.status}
        onChange={(event) => set({ status: event.currentTarget.value })}
        data={[
          { value: "", label: t("desk.anyStatus") },
          ...STATUSES.map((code) => ({ value: String(code), label: t(`desk.status.${code}`) })),
        ]}
        data-testid="filter-status"
      />
      {units.length > 1 && (
        <NativeSelect
          aria-label={t("desk.unit")}
          value={filter.unit}
          onChange={(event) => set({ unit: event.currentTarget.value })}
          data={[
            { value: "", label: t("desk.anyUnit") },
            ...units.map((unit) => ({ value: unit.code, label: unitName(unit) })),
          ]}
          data-testid="filter-unit"
        />
      )}
      <NativeSelect
        aria-label={t("desk.due")}
        value={filter.tone}
        onChange={(event) => set({ tone: TONES.find((tone) => tone === event.currentTarget.value) ?? "" })}
        data={[
          { value: "", label: t("desk.anyTone") },
          ...TONES.map((tone) => ({ value: tone, label: t(`dossier.term.${tone}`) })),
        ]}
        data-testid="filter-tone"
      />
      {Object.values(filter).some(Boolean) && (
        <Button
          variant="subtle"
          onClick={() => deskView.set({ filter: NO_FILTER, offset: 0 })}
          data-testid="filter-clear"
        >
          {t("desk.clear")}
        </Button>
      )}
    </div>
  );
}

function Words({ start, onWords }: { start: string; onWords: (words: string) => void }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(start);
  const tell = useDebouncedCallback((words: string) => onWords(words.trim()), 250);
  useHotkeys([["/", () => input.current?.focus()]]);
  return (
    <TextInput
      ref={input}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        tell(event.currentTarget.value);
      }}
      placeholder={t("desk.search")}
      aria-label={t("desk.search")}
      leftSection={<Icon name="search" />}
      data-testid="filter-text"
    />
  );
}

/** Units whose dossiers this person may read. */
function useOwnUnits() {
  const held = useSession().data?.user?.capabilities["dossier.read"] ?? [];
  const all = useUnits().data?.items ?? [];
  const mine = held.includes("*") ? all : all.filter(({ code }) => held.includes(code));
  return mine.filter(({ ended_on }) => !ended_on);
}
