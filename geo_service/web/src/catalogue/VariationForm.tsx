import { Alert, Button, Checkbox, Group, NativeSelect, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { catalogue } from "../api/administration";
import { CATALOGUE } from "../api/administrationQueries";
import type { Definition, Fee, Level, Limit, UnitChanges } from "../api/administrationTypes";
import { asProblem } from "../api/client";
import { useUnits } from "../api/queries";
import { day, endOf, isoDay } from "../format";
import { useView } from "../state/view";
import { fold } from "../ui/fold";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Catalogue.module.css";
import { newFee } from "./definition";
import { FEE, LEVELS, LIMIT } from "./fields";
import { RowForm } from "./RowForm";
import { useUnitNames } from "./unitNames";
import { earliestOf, levelName, nameOf, refusalOf, word } from "./words";

/** Any number of units that do otherwise in the same way from the same day. */
export function VariationForm({ base, onDone }: { base: Definition; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const today = isoDay(new Date());
  const [units, setUnits] = useState<string[]>([]);
  const [limit, setLimit] = useState<Limit | null>(null);
  const [level, setLevel] = useState<Level | null>(null);
  const [fees, setFees] = useState<Fee[] | null>(null);
  const [from, setFrom] = useState(endOf(today));
  const [last, setLast] = useState("");
  const [document, setDocument] = useState("");
  const changes: UnitChanges = { ...(limit && { limit }), ...(level && { level }), ...(fees && { fees }) };
  const save = useMutation({
    mutationFn: () =>
      catalogue.vary(
        units.map((unit) => ({
          procedure: base.code,
          unit,
          from,
          until: last ? endOf(last) : null,
          changes,
          legal_document: document.trim(),
        })),
      ),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: CATALOGUE });
      onDone();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} className={classes.inner} data-testid="variation-form">
      <Stack>
        <Units chosen={units} onChange={setUnits} />
        <Switch
          label={t("administration.otherLimit")}
          checked={limit !== null}
          onChange={(event) => setLimit(event.currentTarget.checked ? base.limit : null)}
          data-testid="vary-limit"
        />
        {limit && (
          <RowForm
            row={limit}
            asked={LIMIT}
            found={[]}
            id="vary-limit"
            onChange={(change) => setLimit({ ...limit, ...change })}
          />
        )}
        <Switch
          label={t("administration.otherLevel")}
          checked={level !== null}
          onChange={(event) => setLevel(event.currentTarget.checked ? base.level : null)}
        />
        {level && (
          <NativeSelect
            label={t("administration.field.level")}
            value={level}
            onChange={({ currentTarget: { value } }) =>
              setLevel(LEVELS.find((one) => one === value) ?? level)
            }
            data={LEVELS.map((one) => ({ value: one, label: levelName(one, t) }))}
          />
        )}
        <Switch
          label={t("administration.otherFees")}
          checked={fees !== null}
          onChange={(event) => setFees(event.currentTarget.checked ? base.fees : null)}
          data-testid="vary-fees"
        />
        {fees && <Fees fees={fees} onChange={setFees} />}
        <div className={classes.form}>
          <TextInput
            type="date"
            label={t("administration.fromDay")}
            value={from}
            min={today}
            onChange={(event) => setFrom(event.currentTarget.value)}
            required
            data-testid="vary-from"
          />
          <TextInput
            type="date"
            label={t("administration.lastDayOptional")}
            value={last}
            min={from}
            onChange={(event) => setLast(event.currentTarget.value)}
          />
          <TextInput
            label={t("administration.legalDocument")}
            placeholder={t("administration.legalExample")}
            value={document}
            onChange={(event) => setDocument(event.currentTarget.value)}
            required
            data-testid="vary-document"
          />
        </div>
        {save.error && <Refused error={save.error} units={units} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>
            {t("edit.cancel")}
          </Button>
          <Button
            type="submit"
            loading={save.isPending}
            disabled={!units.length || !Object.keys(changes).length || !document.trim() || !from}
            data-testid="vary-save"
          >
            {t("administration.varySave", { count: units.length })}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Units by name, typed with or without marks; several at once. */
function Units({ chosen, onChange }: { chosen: string[]; onChange: (units: string[]) => void }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const units = useUnits();
  const nameOfUnit = useUnitNames();
  const [find, setFind] = useState("");
  const wanted = fold(find);
  const open = [
    "*",
    ...(units.data?.items ?? []).filter(({ ended_on }) => !ended_on).map(({ code }) => code),
  ];
  const shown = open.filter((code) => fold(`${nameOfUnit(code)} ${code}`).includes(wanted));
  return (
    <div>
      <Group align="flex-end" mb="xs">
        <TextInput
          className={classes.grow}
          label={t("administration.whichUnits", { count: chosen.length })}
          placeholder={t("administration.findUnit")}
          leftSection={<Icon name="search" />}
          value={find}
          onChange={(event) => setFind(event.currentTarget.value)}
          data-testid="vary-find"
        />
        <Button variant="default" onClick={() => onChange([...new Set([...chosen, ...shown])])}>
          {t("administration.chooseShown", { count: shown.length })}
        </Button>
        <Button variant="subtle" disabled={!chosen.length} onClick={() => onChange([])}>
          {t("administration.chooseNone")}
        </Button>
      </Group>
      <div className={classes.units} role="group" aria-label={t("administration.units")} lang={lang}>
        {shown.map((code) => (
          <Checkbox
            key={code}
            label={nameOfUnit(code)}
            checked={chosen.includes(code)}
            onChange={(event) =>
              onChange(event.currentTarget.checked ? [...chosen, code] : chosen.filter((one) => one !== code))
            }
            data-testid={`vary-unit-${code}`}
          />
        ))}
      </div>
    </div>
  );
}

function Fees({ fees, onChange }: { fees: Fee[]; onChange: (fees: Fee[]) => void }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const put = (index: number, fee: Fee | null) =>
    onChange(fees.flatMap((one, i) => (i === index ? (fee ?? []) : one)));
  return (
    <div className={classes.stack}>
      {fees.map((fee, i) => (
        <div key={i} className={classes.innerRow}>
          <div>
            <b>
              {nameOf(fee, lang) || t("administration.nameless")} · {word("channel", fee.channel, t)}
            </b>
            <RowForm
              row={fee}
              asked={fee.name_vi && fee.name_en ? AMOUNTS : FEE}
              found={[]}
              id={`vary-fee-${i}`}
              onChange={(change) => put(i, { ...fee, ...change })}
            />
          </div>
          <Button variant="subtle" color="red" onClick={() => put(i, null)}>
            {t("administration.remove")}
          </Button>
        </div>
      ))}
      <div>
        <Button
          variant="subtle"
          leftSection={<Icon name="plus" />}
          onClick={() => onChange([...fees, newFee(fees)])}
        >
          {t("administration.add.fees")}
        </Button>
      </div>
    </div>
  );
}
const AMOUNTS = FEE.filter(({ name }) => ["amount", "percent", "source", "grade"].includes(name));

/** The service names the row, and what the rules found. */
function Refused({ error, units }: { error: Error; units: readonly string[] }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const unitName = useUnitNames();
  const said = refusalOf(error);
  const unit = said.row === undefined ? undefined : units[said.row];
  const earliest = earliestOf(error);
  return (
    <ProblemAlert problem={asProblem(error)}>
      {unit && <Text>{unitName(unit)}</Text>}
      {earliest && <Text>{t("administration.earliest", { day: day(earliest) })}</Text>}
      {said.findings?.map((one) => (
        <Alert key={one.path + one.code} color="red" variant="transparent" p={0}>
          {lang === "vi" ? one.vi : one.en}
        </Alert>
      ))}
    </ProblemAlert>
  );
}
