import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Finding, photoAddress, type Verdict } from "../api/findings";
import { Part } from "../dossier/FormTab";
import { When } from "../ui/When";
import classes from "./Findings.module.css";

interface Entry {
  key: string;
  at: string;
  what: ReactNode;
}

/** What happened to a finding, newest first. */
export function History({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const { id, recorded_at, permitted_at, permitted_by, inspection, verdicts } = finding;
  const entries: Entry[] = [
    { key: "recorded", at: recorded_at, what: t("finding.history.recorded") },
    ...verdicts.map((one) => ({ key: `v${one.id}`, at: one.at, what: <Said finding={id} said={one} /> })),
  ];
  if (permitted_at)
    entries.push({
      key: "permitted",
      at: permitted_at,
      what: permitted_by
        ? t("finding.history.permitted", { code: permitted_by.code })
        : t("finding.history.permittedUnseen"),
    });
  if (inspection)
    entries.push({
      key: "inspected",
      at: inspection.filed_at,
      what: t("finding.history.inspected", { code: inspection.code }),
    });
  return (
    <Part title={t("finding.history.label")}>
      <ol className={classes.plain} data-testid="finding-history">
        {entries
          .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
          .map(({ key, at, what }) => (
            <li key={key}>
              <When at={at} row />
              <div>{what}</div>
            </li>
          ))}
      </ol>
    </Part>
  );
}

function Said({ finding, said: { verdict, note, photo, account } }: { finding: string; said: Verdict }) {
  const { t } = useTranslation();
  return (
    <>
      <Text>
        <b>{t(`finding.verdict.${verdict}`)}</b>
        {account && <> · {account}</>}
      </Text>
      {note && <Text>{note}</Text>}
      {photo && (
        <a href={photoAddress(finding, photo, 1600)} target="_blank" rel="noreferrer">
          <img
            src={photoAddress(finding, photo, 400)}
            alt={t("finding.verdict.photoOf")}
            className={classes.thumb}
          />
        </a>
      )}
    </>
  );
}
