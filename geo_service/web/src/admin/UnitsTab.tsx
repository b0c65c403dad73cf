import { Badge, Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { administration } from "../api/people";
import { useUnits } from "../api/queries";
import type { Unit } from "../api/types";
import { day, integer, isoDay } from "../format";
import { unitName } from "../panel/names";
import { useView } from "../state/view";
import { fold } from "../ui/fold";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import table from "../ui/Table.module.css";
import classes from "./Admin.module.css";

/** The ranks of a commune since 1 July 2025; the words of the register, in every language. */
const TYPES = ["Phường", "Xã"] as const;

/** The communes and wards: those there are, those that ended, and into which they went. */
export function UnitsTab() {
  const { t } = useTranslation();
  const units = useUnits();
  const [find, setFind] = useState("");
  const [ending, setEnding] = useState<string | null>(null);
  const wanted = fold(find);
  return (
    <Stack>
      <Card title={t("admin.newUnit")}>
        <NewUnit />
      </Card>
      <Card
        title={t("admin.units")}
        aside={
          <TextInput
            aria-label={t("admin.findUnit")}
            placeholder={t("admin.findUnit")}
            value={find}
            onChange={(event) => setFind(event.currentTarget.value)}
            data-testid="find-unit"
          />
        }
      >
        <Loaded query={units}>
          {({ items }) => (
            <table className={table.table} data-testid="units-list">
              <thead>
                <tr>
                  <th scope="col">{t("admin.code")}</th>
                  <th scope="col">{t("admin.unitName")}</th>
                  <th scope="col">{t("admin.faces")}</th>
                  <th scope="col">{t("admin.standing")}</th>
                  <th />
                </tr>
              </thead>
              <tbody>
                {items
                  .filter((unit) => fold(`${unitName(unit)} ${unit.name_en} ${unit.code}`).includes(wanted))
                  .map((unit) => (
                    <UnitRow
                      key={unit.code}
                      unit={unit}
                      all={items}
                      ending={ending === unit.code}
                      onEnding={setEnding}
                    />
                  ))}
              </tbody>
            </table>
          )}
        </Loaded>
      </Card>
    </Stack>
  );
}

function NewUnit() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [code, setCode] = useState("");
  const [name, setName] = useState("");
  const [english, setEnglish] = useState("");
  const [type, setType] = useState<string>(TYPES[0]);
  const make = useMutation({
    mutationFn: () =>
      administration.createUnit({ code: code.trim(), name: name.trim(), name_en: english.trim(), type }),
    onSuccess: () => {
      setCode("");
      setName("");
      setEnglish("");
      return client.invalidateQueries({ queryKey: ["units"] });
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <form onSubmit={submit}>
      <div className={classes.form}>
        <TextInput
          label={t("admin.code")}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
          inputMode="numeric"
          required
          data-testid="unit-code"
        />
        <NativeSelect
          label={t("admin.unitType")}
          value={type}
          onChange={(event) => setType(event.currentTarget.value)}
          data={[...TYPES]}
          data-testid="unit-type"
        />
        <TextInput
          label={t("admin.unitName")}
          placeholder={t("admin.unitExample")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          data-testid="unit-name"
        />
        <TextInput
          label={t("admin.unitEnglish")}
          value={english}
          onChange={(event) => setEnglish(event.currentTarget.value)}
          data-testid="unit-name-en"
        />
        <Button
          type="submit"
          loading={make.isPending}
          disabled={!code.trim() || !name.trim()}
          data-testid="unit-save"
        >
          {t("admin.addUnit")}
        </Button>
      </div>
      {make.error && <ProblemAlert problem={asProblem(make.error)} />}
    </form>
  );
}

interface RowProps {
  unit: Unit;
  all: readonly Unit[];
  ending: boolean;
  onEnding: (code: string | null) => void;
}

function UnitRow({ unit, all, ending, onEnding }: RowProps) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const heir = all.find(({ code }) => code === unit.successor);
  return (
    <>
      <tr>
        <td data-label={t("admin.code")} className={table.nowrap}>
          {unit.code}
        </td>
        <td data-label={t("admin.unitName")}>{lang === "vi" ? unitName(unit) : unit.name_en}</td>
        <td data-label={t("admin.faces")} className={table.nowrap}>
          {integer(unit.faces, lang)}
        </td>
        <td data-label={t("admin.standing")}>
          {unit.ended_on ? (
            <span>
              <Badge variant="light" color="gray">
                {t("admin.endedOn", { date: day(unit.ended_on) })}
              </Badge>{" "}
              {unit.successor && `→ ${heir ? unitName(heir) : unit.successor}`}
            </span>
          ) : (
            <Badge variant="light" color="green">
              {t("status.current")}
            </Badge>
          )}
        </td>
        <td className={table.actions}>
          {!unit.ended_on && (
            <Button
              variant="subtle"
              color="red"
              px="xs"
              aria-expanded={ending}
              onClick={() => onEnding(ending ? null : unit.code)}
              data-testid={`end-unit-${unit.code}`}
            >
              {t("admin.endUnit")}
            </Button>
          )}
        </td>
      </tr>
      {ending && (
        <tr>
          <td colSpan={5}>
            <EndUnit unit={unit} all={all} onDone={() => onEnding(null)} />
          </td>
        </tr>
      )}
    </>
  );
}

function EndUnit({ unit, all, onDone }: { unit: Unit; all: readonly Unit[]; onDone: () => void }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  const [successor, setSuccessor] = useState("");
  const [date, setDate] = useState(isoDay(new Date()));
  const end = useMutation({
    mutationFn: () => administration.endUnit(unit.code, date, successor),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["units"] });
      await client.invalidateQueries({ queryKey: ["private", "accounts"] });
      onDone();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    end.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Text mb="xs">{t("admin.endUnitWhat")}</Text>
      <Group align="flex-end" gap="sm">
        <TextInput
          type="date"
          label={t("admin.lastDay")}
          value={date}
          onChange={(event) => setDate(event.currentTarget.value)}
          required
          data-testid="unit-ended-on"
        />
        <NativeSelect
          label={t("admin.successor")}
          value={successor}
          onChange={(event) => setSuccessor(event.currentTarget.value)}
          required
          data={[
            { value: "", label: t("admin.chooseSuccessor") },
            ...all
              .filter(({ code, ended_on }) => code !== unit.code && !ended_on)
              .map((other) => ({
                value: other.code,
                label: lang === "vi" ? unitName(other) : other.name_en,
              })),
          ]}
          data-testid="unit-successor"
        />
        <Button
          type="submit"
          color="red"
          loading={end.isPending}
          disabled={!successor || !date}
          data-testid="unit-end-save"
        >
          {t("admin.endUnit")}
        </Button>
        <Button variant="default" onClick={onDone}>
          {t("edit.cancel")}
        </Button>
      </Group>
      {end.error && <ProblemAlert problem={asProblem(end.error)} />}
    </form>
  );
}
