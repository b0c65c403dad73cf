import { Alert, Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { catalogue } from "../api/administration";
import { CATALOGUE, useVersion } from "../api/administrationQueries";
import type { CatalogueEntry, Definition } from "../api/administrationTypes";
import { asProblem } from "../api/client";
import { day, endOf, isoDay } from "../format";
import { blockKind } from "../rights/names";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Catalogue.module.css";
import type { Chosen } from "./chosen";
import { FlowPanel } from "./FlowPanel";
import { earliestOf, levelName, limitText, money, nameOf, word } from "./words";

/** A version as it was published: what it says and how it runs. `at`: a day on which it holds. */
export function InForceTab({
  entry,
  at,
  endable,
}: {
  entry: CatalogueEntry;
  at: string | null;
  endable: boolean;
}) {
  const { t } = useTranslation();
  const version = useVersion(entry.code, at);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  if (at === null) return <Alert color="gray">{t("administration.notInForce")}</Alert>;
  return (
    <Loaded query={version}>
      {({ definition, valid_from, valid_until, version: number }) => (
        <div className={`${classes.stack} ${classes.beside}`} data-drawer={chosen !== null}>
          <Card
            title={t("administration.versionSince", { version: number, day: day(valid_from) })}
            aside={endable && valid_until === null && <EndButton code={entry.code} />}
          >
            {valid_until !== null && (
              <Alert color="yellow" mb="sm" icon={<Icon name="warning" />}>
                {t("administration.holdsUntil", { day: day(valid_until) })}
              </Alert>
            )}
            <Facts definition={definition} />
          </Card>
          <Card title={t("administration.part.steps")}>
            <FlowPanel
              definition={definition}
              found={[]}
              chosen={chosen}
              onChoose={setChosen}
              onEdit={null}
            />
          </Card>
          <div className={classes.columns}>
            <Papers definition={definition} />
            <Fees definition={definition} />
          </div>
        </div>
      )}
    </Loaded>
  );
}

function Facts({ definition }: { definition: Definition }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const facts: [label: string, value: string][] = [
    [t("administration.field.limit"), limitText(definition.limit, t)],
    [t("administration.field.level"), levelName(definition.level, t)],
    [
      t("administration.field.change_type"),
      definition.change_type ? word("changeType", definition.change_type, t) : t("administration.none"),
    ],
    [t("administration.result"), lang === "vi" ? definition.result_vi : definition.result_en],
    [
      t("administration.blocksTitle"),
      definition.blocks.map((code) => blockKind(code, t)).join(", ") || t("administration.none"),
    ],
    [t("administration.field.source"), definition.source || "—"],
    [t("administration.field.grade"), word("grade", definition.grade, t)],
  ];
  return (
    <dl className={classes.facts}>
      {facts.map(([label, value]) => (
        <FactRow key={label} label={label} value={value} />
      ))}
    </dl>
  );
}

function FactRow({ label, value }: { label: string; value: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </>
  );
}

function Papers({ definition: { documents } }: { definition: Definition }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  return (
    <Card title={t("administration.section.documents")}>
      {!documents.length && t("administration.empty.documents")}
      <ul className={classes.listed}>
        {documents.map((one) => (
          <li key={one.code} className={classes.listedRow}>
            {nameOf(one, lang)}
            <span className={classes.dimmed}>
              {[
                t(one.required ? "administration.required" : "administration.optional"),
                one.form,
                one.held_as && t("administration.held"),
              ]
                .filter(Boolean)
                .join(" · ")}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Fees({ definition: { fees } }: { definition: Definition }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  return (
    <Card title={t("administration.section.fees")}>
      {!fees.length && t("administration.empty.fees")}
      <ul className={classes.listed}>
        {fees.map((fee) => (
          <li key={`${fee.code}/${fee.channel}`} className={classes.listedRow}>
            <span>
              {nameOf(fee, lang)}:{" "}
              <b>
                {fee.rule === "fixed"
                  ? money(fee.amount, lang)
                  : `${(fee.percent ?? 0).toLocaleString(lang)} %`}
              </b>
            </span>
            <span className={classes.dimmed}>
              {[word("channel", fee.channel, t), fee.source, word("grade", fee.grade, t)]
                .filter(Boolean)
                .join(" · ")}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** No dossier is opened under the procedure from a day on. */
function EndButton({ code }: { code: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const today = isoDay(new Date());
  const [from, setFrom] = useState(endOf(today));
  const end = useMutation({
    mutationFn: () => catalogue.end(code, from),
    onSuccess: () => {
      setOpen(false);
      return client.invalidateQueries({ queryKey: CATALOGUE });
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    end.mutate();
  };
  const earliest = earliestOf(end.error);
  return (
    <>
      <Button
        className={classes.keep}
        variant="subtle"
        color="red"
        onClick={() => setOpen(true)}
        data-testid="end-procedure"
      >
        {t("administration.endProcedure")}
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={<b>{t("administration.endProcedure")}</b>}
        closeButtonProps={{ "aria-label": t("close") }}
      >
        <form onSubmit={submit}>
          <Stack>
            <Text>{t("administration.endWhat")}</Text>
            <TextInput
              type="date"
              label={t("administration.endFrom")}
              value={from}
              min={today}
              onChange={(event) => setFrom(event.currentTarget.value)}
              required
            />
            {end.error && (
              <ProblemAlert problem={asProblem(end.error)}>
                {earliest && <Text>{t("administration.earliest", { day: day(earliest) })}</Text>}
              </ProblemAlert>
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setOpen(false)}>
                {t("edit.cancel")}
              </Button>
              <Button type="submit" color="red" loading={end.isPending}>
                {t("administration.endProcedure")}
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
