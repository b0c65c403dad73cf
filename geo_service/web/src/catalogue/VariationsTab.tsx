import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { catalogue } from "../api/administration";
import { CATALOGUE, useVariations, useVersion } from "../api/administrationQueries";
import type { CatalogueEntry, UnitChanges, Variation } from "../api/administrationTypes";
import { asProblem } from "../api/client";
import { day, endOf, isoDay, lastDay } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import table from "../ui/Table.module.css";
import classes from "./Catalogue.module.css";
import { useUnitNames } from "./unitNames";
import { VariationForm } from "./VariationForm";
import { earliestOf, levelName, limitText, money, nameOf, word } from "./words";

/** What units do otherwise than the procedure says, each with the document that lets them. */
export function VariationsTab({ entry }: { entry: CatalogueEntry }) {
  const { t } = useTranslation();
  const variations = useVariations(entry.code);
  const version = useVersion(entry.code, entry.version === null ? null : isoDay(new Date()));
  const [adding, setAdding] = useState(false);
  const [ending, setEnding] = useState<string | null>(null);
  return (
    <div className={classes.stack}>
      <Card
        title={t("administration.tab.variations")}
        aside={
          version.data &&
          !adding && (
            <Button
              variant="light"
              leftSection={<Icon name="plus" />}
              onClick={() => setAdding(true)}
              data-testid="add-variation"
            >
              {t("administration.addVariation")}
            </Button>
          )
        }
      >
        <p className={classes.dimmed}>{t("administration.variationsWhat")}</p>
        {adding && version.data && (
          <VariationForm base={version.data.definition} onDone={() => setAdding(false)} />
        )}
        <Loaded query={variations}>
          {({ items }) =>
            items.length ? (
              <table className={table.table} data-testid="variations">
                <thead>
                  <tr>
                    <th scope="col">{t("administration.unit")}</th>
                    <th scope="col">{t("administration.otherwise")}</th>
                    <th scope="col">{t("administration.holds")}</th>
                    <th scope="col">{t("administration.legalDocument")}</th>
                    <th scope="col" aria-label={t("administration.moreActions")} />
                  </tr>
                </thead>
                <tbody>
                  {items.map((one) => {
                    const key = `${one.unit}/${one.valid_from}`;
                    return (
                      <Row
                        key={key}
                        code={entry.code}
                        one={one}
                        ending={ending === key}
                        onEnding={(on) => setEnding(on ? key : null)}
                      />
                    );
                  })}
                </tbody>
              </table>
            ) : (
              !adding && <Text>{t("administration.noVariations")}</Text>
            )
          }
        </Loaded>
      </Card>
    </div>
  );
}

interface RowProps {
  code: string;
  one: Variation;
  ending: boolean;
  onEnding: (on: boolean) => void;
}

function Row({ code, one, ending, onEnding }: RowProps) {
  const { t } = useTranslation();
  const unitName = useUnitNames();
  return (
    <>
      <tr data-testid={`variation-${one.unit}`}>
        <td data-label={t("administration.unit")}>{unitName(one.unit)}</td>
        <td data-label={t("administration.otherwise")}>
          <Otherwise changes={one.changes} />
        </td>
        <td data-label={t("administration.holds")}>
          {one.valid_until
            ? `${day(one.valid_from)} – ${day(lastDay(one.valid_until))}`
            : t("administration.since", { day: day(one.valid_from) })}
        </td>
        <td data-label={t("administration.legalDocument")}>{one.legal_document}</td>
        <td className={table.actions}>
          <Button
            variant="subtle"
            color="red"
            px="xs"
            aria-expanded={ending}
            onClick={() => onEnding(!ending)}
            data-testid={`end-variation-${one.unit}`}
          >
            {t("administration.end")}
          </Button>
        </td>
      </tr>
      {ending && (
        <tr>
          <td colSpan={5}>
            <EndForm code={code} one={one} onDone={() => onEnding(false)} />
          </td>
        </tr>
      )}
    </>
  );
}

function Otherwise({ changes: { limit, level, fees, documents } }: { changes: UnitChanges }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const said = [
    limit && `${t("administration.field.limit")}: ${limitText(limit, t)}`,
    level && `${t("administration.field.level")}: ${levelName(level, t)}`,
    fees &&
      `${t("administration.section.fees")}: ${
        fees
          .map(
            (fee) =>
              `${nameOf(fee, lang)} (${word("channel", fee.channel, t)}) ${
                fee.rule === "fixed"
                  ? money(fee.amount, lang)
                  : `${(fee.percent ?? 0).toLocaleString(lang)} %`
              }`,
          )
          .join(", ") || t("administration.none")
      }`,
    documents &&
      `${t("administration.section.documents")}: ${documents.map((one) => nameOf(one, lang)).join(", ")}`,
  ];
  return <span>{said.map((line) => line && <div key={line}>{line}</div>)}</span>;
}

function EndForm({ code, one, onDone }: { code: string; one: Variation; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const today = isoDay(new Date());
  const [from, setFrom] = useState(one.valid_from > today ? one.valid_from : endOf(today));
  const end = useMutation({
    mutationFn: () => catalogue.endVariation(code, one.unit, from),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: CATALOGUE });
      onDone();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    end.mutate();
  };
  const earliest = earliestOf(end.error);
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Text>{t("administration.endVariationWhat")}</Text>
        <Group align="flex-end">
          <TextInput
            type="date"
            label={t("administration.endVariationFrom")}
            value={from}
            min={today}
            onChange={(event) => setFrom(event.currentTarget.value)}
            required
          />
          <Button type="submit" color="red" loading={end.isPending} data-testid="end-variation-confirm">
            {t("administration.end")}
          </Button>
          <Button variant="default" onClick={onDone}>
            {t("edit.cancel")}
          </Button>
        </Group>
        {end.error && (
          <ProblemAlert problem={asProblem(end.error)}>
            {earliest && <Text>{t("administration.earliest", { day: day(earliest) })}</Text>}
          </ProblemAlert>
        )}
      </Stack>
    </form>
  );
}
