import { Combobox, Text, TextInput, useCombobox } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useProcedures } from "../api/dossierQueries";
import type { Definition, ProcedureSummary } from "../api/dossierTypes";
import { limitWords, nameOf } from "../citizen/words";
import { useView } from "../state/view";
import { fold } from "../ui/fold";
import { Icon } from "../ui/icons";
import classes from "./Counter.module.css";
import type { PartProps } from "./EntryForm";
import { matching } from "./matching";

/** By code or words of its name, with or without diacritics. */
export function ProcedurePart({
  entry,
  faults,
  onChange,
  definition,
}: PartProps & { definition: Definition | null }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const all = useProcedures().data?.items ?? [];
  const [text, setText] = useState<string | null>(null);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const chosen = all.find(({ code }) => code === entry.procedure);
  const shown = text ?? (chosen ? named(chosen, lang) : "");
  const items = matching(
    all.filter(({ kind }) => kind === "request"),
    text ?? "",
  );
  const choose = (code: string) => {
    if (code !== entry.procedure) onChange({ procedure: code, values: {} });
    setText(null);
    combobox.closeDropdown();
  };
  return (
    <div id="counter-procedures">
      <Combobox store={combobox} onOptionSubmit={choose}>
        <Combobox.Target>
          <TextInput
            id="counter-procedure"
            label={t("counter.procedure.find")}
            description={t("counter.procedure.hint")}
            value={shown}
            onChange={(event) => {
              setText(event.currentTarget.value);
              combobox.openDropdown();
              combobox.updateSelectedOptionIndex();
              combobox.selectFirstOption();
            }}
            onFocus={(event) => {
              event.currentTarget.select();
              combobox.openDropdown();
            }}
            onBlur={() => {
              combobox.closeDropdown();
              setText(null);
            }}
            onKeyDown={(event) => {
              const [first] = items;
              if (event.key !== "Enter" || !text || combobox.getSelectedOptionIndex() >= 0) return;
              event.preventDefault();
              if (first) choose(first.code);
            }}
            error={faults.procedure && t("counter.fault.procedure")}
            withAsterisk
            autoComplete="off"
            size="md"
            leftSection={<Icon name="book" />}
            data-testid="counter-procedure"
          />
        </Combobox.Target>
        <Combobox.Dropdown hidden={!items.length && fold(text ?? "") === ""}>
          <Combobox.Options mah={320} style={{ overflowY: "auto" }}>
            {items.map((item) => (
              <Combobox.Option key={item.code} value={item.code} data-testid="counter-procedure-option">
                <b>{nameOf(item, lang)}</b>
                <br />
                <span className={classes.dimmed}>
                  {item.code} · {limitWords(item.limit, lang)}
                </span>
              </Combobox.Option>
            ))}
            {!items.length && <Combobox.Empty>{t("counter.procedure.none")}</Combobox.Empty>}
          </Combobox.Options>
        </Combobox.Dropdown>
      </Combobox>
      {definition && (
        <Text c="dimmed" data-testid="counter-limit">
          {t("counter.procedure.limit", { limit: limitWords(definition.limit, lang) })}
        </Text>
      )}
    </div>
  );
}

const named = (procedure: ProcedureSummary, lang: "vi" | "en") =>
  `${procedure.code} · ${nameOf(procedure, lang)}`;
