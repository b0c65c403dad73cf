import { Button, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProcedureDefinition } from "../api/citizen";
import { useDefinition } from "../api/citizenQueries";
import { useSession } from "../api/queries";
import { openDialog, useSignInDialog } from "../session/dialog";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import classes from "./Citizen.module.css";
import { openFiling } from "./open";
import { dong, feesFor, limitWords, nameOf } from "./words";

/** All that one has to know before one files, and the way to file. */
export function ProcedureDetail({ code }: { code: string }) {
  const definition = useDefinition(code, null);
  return (
    <div className={classes.detail} data-testid="procedure-detail">
      <Loaded query={definition}>{(found) => <Detail definition={found} />}</Loaded>
    </div>
  );
}

function Detail({ definition }: { definition: ProcedureDefinition }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const result = lang === "vi" ? definition.result_vi : definition.result_en;
  return (
    <>
      <dl className={classes.about}>
        <dt>{t("citizen.procedures.papers")}</dt>
        <dd>
          <ul className={classes.needs}>
            {definition.documents.map((paper) => (
              <li key={paper.code}>
                {nameOf(paper, lang)}
                {paper.form && ` (${paper.form})`}
                {!paper.required && <em> – {t("citizen.procedures.optional")}</em>}
                {paper.held_as && (
                  <span className={classes.held}>
                    <Icon name="shield" size={18} /> {t("citizen.procedures.held")}
                  </span>
                )}
              </li>
            ))}
          </ul>
        </dd>
        <dt>{t("citizen.procedures.fees")}</dt>
        <dd>
          <Fees definition={definition} />
        </dd>
        <dt>{t("citizen.procedures.time")}</dt>
        <dd>{limitWords(definition.limit, lang)}</dd>
        <dt>{t("citizen.procedures.who")}</dt>
        <dd>{t(`citizen.level.${definition.level}`)}</dd>
        {result && (
          <>
            <dt>{t("citizen.procedures.result")}</dt>
            <dd>{result}</dd>
          </>
        )}
        {definition.source && (
          <>
            <dt>{t("citizen.procedures.source")}</dt>
            <dd>{definition.source}</dd>
          </>
        )}
      </dl>
      <FileButton code={definition.code} />
    </>
  );
}

/** Online beside the counter: what one saves by not coming. */
function Fees({ definition }: { definition: ProcedureDefinition }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const online = feesFor("online", definition.fees, {});
  const counter = new Map(feesFor("counter", definition.fees, {}).map((fee) => [fee.rule.code, fee.amount]));
  if (!online.length) return t("citizen.procedures.free");
  return (
    <ul className={classes.needs}>
      {online.map(({ rule, amount }) => {
        const there = counter.get(rule.code) ?? null;
        return (
          <li key={rule.code}>
            {nameOf(rule, lang)}:{" "}
            <b>
              {amount === null
                ? t("citizen.procedures.percent", { percent: rule.percent?.toLocaleString(lang) })
                : dong(amount, lang)}
            </b>
            {amount !== null && there !== null && there !== amount && (
              <span className={classes.small}>
                {" "}
                ({t("citizen.procedures.atCounter", { amount: dong(there, lang) })})
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** Who is not signed in signs in first and then goes on. */
function FileButton({ code }: { code: string }) {
  const { t } = useTranslation();
  const user = useSession().data?.user;
  const { step } = useSignInDialog();
  const [wanted, setWanted] = useState(false);
  useEffect(() => {
    if (wanted && user && step === null) openFiling(code);
  }, [wanted, user, step, code]);
  return (
    <div className={classes.actions}>
      <Button
        size="lg"
        leftSection={<Icon name="right" />}
        onClick={() => {
          if (user) {
            openFiling(code);
            return;
          }
          setWanted(true);
          openDialog("sign-in");
        }}
        data-testid="file-online"
      >
        {t("citizen.procedures.file")}
      </Button>
      {!user && <Text c="dimmed">{t("citizen.procedures.signInFirst")}</Text>}
    </div>
  );
}
