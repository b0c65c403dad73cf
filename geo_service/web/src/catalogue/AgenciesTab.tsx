import { Alert, Button, Group, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { catalogue } from "../api/administration";
import { CATALOGUE, useAgencies } from "../api/administrationQueries";
import { asProblem } from "../api/client";
import { useUnits } from "../api/queries";
import { fold } from "../ui/fold";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import table from "../ui/Table.module.css";
import classes from "./Catalogue.module.css";
import { useUnitNames } from "./unitNames";

const AGENCY = /^[A-Z][0-9]{2}(\.[0-9]{1,3}){0,4}$/;

/** The codes under which counters receive: the beginning of the code of every dossier. */
export function AgenciesTab() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const agencies = useAgencies();
  const units = useUnits();
  const unitName = useUnitNames();
  const [find, setFind] = useState("");
  const [typed, setTyped] = useState<Record<string, string>>({});
  const save = useMutation({
    mutationFn: () =>
      catalogue.putAgencies(Object.entries(typed).map(([unit, code]) => ({ unit, code: code.trim() }))),
    onSuccess: (answer) => {
      client.setQueryData([...CATALOGUE, "agencies"], answer);
      setTyped({});
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const wanted = fold(find);
  const changed = Object.keys(typed).length;
  const wrong = Object.values(typed).some((code) => !AGENCY.test(code.trim()));
  return (
    <Card title={t("administration.agencies")}>
      <p className={classes.dimmed}>{t("administration.agenciesWhat")}</p>
      <Loaded query={agencies}>
        {({ items }) => {
          const known = new Map(items.map(({ unit, code }) => [unit, code]));
          const open = (units.data?.items ?? []).filter(({ ended_on, code }) => !ended_on || known.has(code));
          const rows = ["*", ...open.map(({ code }) => code)].filter((unit) =>
            fold(`${unitName(unit)} ${unit} ${known.get(unit) ?? ""}`).includes(wanted),
          );
          return (
            <form onSubmit={submit}>
              <div className={classes.filters}>
                <TextInput
                  className={classes.grow}
                  label={t("administration.findUnit")}
                  leftSection={<Icon name="search" />}
                  value={find}
                  onChange={(event) => setFind(event.currentTarget.value)}
                  data-testid="agency-find"
                />
                <Group>
                  <Button variant="subtle" disabled={!changed} onClick={() => setTyped({})}>
                    {t("administration.undoAll")}
                  </Button>
                  <Button
                    type="submit"
                    disabled={!changed || wrong}
                    loading={save.isPending}
                    data-testid="agency-save"
                  >
                    {t("administration.saveCount", { count: changed })}
                  </Button>
                </Group>
              </div>
              {save.error && <ProblemAlert problem={asProblem(save.error)} />}
              {save.isSuccess && !changed && (
                <Alert color="green" icon={<Icon name="check" />} role="status">
                  {t("administration.agenciesSaved")}
                </Alert>
              )}
              <table className={table.table}>
                <thead>
                  <tr>
                    <th scope="col">{t("administration.unit")}</th>
                    <th scope="col">{t("administration.agencyCode")}</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((unit) => {
                    const code = typed[unit] ?? known.get(unit) ?? "";
                    return (
                      <tr key={unit}>
                        <td data-label={t("administration.unit")}>
                          <span>
                            {unitName(unit)}
                            {unit === "*" && (
                              <span className={classes.block}>{t("administration.agencyDefault")}</span>
                            )}
                          </span>
                        </td>
                        <td data-label={t("administration.agencyCode")}>
                          <TextInput
                            aria-label={`${t("administration.agencyCode")} · ${unitName(unit)}`}
                            value={code}
                            error={
                              typed[unit] !== undefined && !AGENCY.test(code.trim())
                                ? t("administration.badAgency")
                                : undefined
                            }
                            onChange={({ currentTarget: { value } }) => {
                              const others = Object.entries(typed).filter(([one]) => one !== unit);
                              const same = value === (known.get(unit) ?? "");
                              setTyped(Object.fromEntries(same ? others : [...others, [unit, value]]));
                            }}
                            autoComplete="off"
                            spellCheck={false}
                            data-testid={`agency-${unit}`}
                          />
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            </form>
          );
        }}
      </Loaded>
    </Card>
  );
}
