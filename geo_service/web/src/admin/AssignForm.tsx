import { Button, Group, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { administration } from "../api/people";
import { useRoles } from "../api/peopleQueries";
import { useUnits } from "../api/queries";
import type { AccountRecord } from "../api/types";
import { endOf, isoDay } from "../format";
import { unitName } from "../panel/names";
import { useView } from "../state/view";
import { fold } from "../ui/fold";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Admin.module.css";

/** No unit code, so that a unit cannot be taken for the whole city by leaving the field alone. */
const EVERYWHERE = "*";

interface Fields {
  role: string;
  unit: string;
  from: string;
  until: string;
  deputy: string;
  note: string;
}
const EMPTY: Fields = { role: "", unit: "", from: "", until: "", deputy: "", note: "" };

/** Gives a role: which, where, from when until when, in whose place. */
export function AssignForm({ person }: { person: AccountRecord }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  const roles = useRoles();
  const units = useUnits();
  const [fields, setFields] = useState(EMPTY);
  const [find, setFind] = useState("");
  const set = (name: keyof Fields) => (event: { currentTarget: { value: string } }) =>
    setFields({ ...fields, [name]: event.currentTarget.value });
  const give = useMutation({
    mutationFn: () =>
      administration.assign(person.id, {
        role: fields.role,
        unit: fields.unit === EVERYWHERE ? null : fields.unit,
        from: fields.from || undefined,
        until: fields.until ? endOf(fields.until) : undefined,
        deputy_for: fields.deputy.trim() || undefined,
        note: fields.note.trim() || undefined,
      }),
    onSuccess: () => {
      setFields(EMPTY);
      setFind("");
      return client.invalidateQueries({ queryKey: ["private", "accounts"] });
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    give.mutate();
  };
  const wanted = fold(find);
  const open = (units.data?.items ?? []).filter(
    (unit) =>
      !unit.ended_on &&
      (unit.code === fields.unit || fold(`${unitName(unit)} ${unit.name_en} ${unit.code}`).includes(wanted)),
  );
  return (
    <form onSubmit={submit}>
      <div className={classes.form}>
        <NativeSelect
          label={t("admin.role")}
          value={fields.role}
          onChange={set("role")}
          required
          data={[
            { value: "", label: t("admin.chooseRole") },
            ...(roles.data?.items ?? []).map(({ code, name_vi, name_en }) => ({
              value: code,
              label: lang === "vi" ? name_vi : name_en,
            })),
          ]}
          data-testid="assign-role"
        />
        <TextInput
          label={t("admin.findUnit")}
          value={find}
          onChange={(event) => setFind(event.currentTarget.value)}
          data-testid="assign-unit-search"
        />
        <NativeSelect
          label={t("admin.unit")}
          value={fields.unit}
          onChange={set("unit")}
          required
          data={[
            { value: "", label: t("admin.chooseUnit", { count: open.length }) },
            { value: EVERYWHERE, label: t("account.everywhere") },
            ...open.map((unit) => ({
              value: unit.code,
              label: lang === "vi" ? unitName(unit) : unit.name_en,
            })),
          ]}
          data-testid="assign-unit"
        />
        <TextInput
          type="date"
          label={t("admin.fromDay")}
          value={fields.from}
          onChange={set("from")}
          data-testid="assign-from"
        />
        <TextInput
          type="date"
          label={t("admin.untilDay")}
          min={fields.from || isoDay(new Date())}
          value={fields.until}
          onChange={set("until")}
          data-testid="assign-until"
        />
        <TextInput
          label={t("admin.deputy")}
          value={fields.deputy}
          onChange={set("deputy")}
          autoComplete="off"
          autoCapitalize="none"
          data-testid="assign-deputy"
        />
        <TextInput
          className={classes.wide}
          label={t("admin.note")}
          placeholder={t("admin.noteExample")}
          value={fields.note}
          onChange={set("note")}
          data-testid="assign-note"
        />
      </div>
      {give.error && <ProblemAlert problem={asProblem(give.error)} />}
      <Group justify="flex-end" mt="md">
        <Button
          type="submit"
          loading={give.isPending}
          disabled={!fields.role || !fields.unit}
          data-testid="assign-save"
        >
          {t("admin.giveRole")}
        </Button>
      </Group>
    </form>
  );
}
