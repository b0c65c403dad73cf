import { List, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { asProblem, slugOf } from "../api/client";
import type { Dossier } from "../api/dossierTypes";
import { nameOf } from "../citizen/words";
import { Reasons } from "../editing/Reasons";
import { useView } from "../state/view";
import { ProblemAlert } from "../ui/ProblemAlert";
import Verdicts from "./Verdicts";

/** Where a refusal has a way on that is worth a sentence. */
const NEXT = [
  "dossier-moved",
  "out-of-step",
  "not-your-desk",
  "papers-missing",
  "dossier-blocked",
  "payment-open",
  "rules-broken",
  "map-and-dossier",
  "stale-draft",
  "state-moved",
  "parcel-claimed",
] as const;

/** Why it was refused, what exactly stands in the way, and what to do next. */
export function Refusal({ error, dossier }: { error: unknown; dossier: Dossier }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const problem = asProblem(error);
  const next = NEXT.find((slug) => slug === slugOf(problem));
  // the rules are listed with their sources below
  const said = problem.rules ? { ...problem, detail: undefined, detail_vi: undefined } : problem;
  const shown = next ? { ...said, title: t("dossier.refused"), title_vi: t("dossier.refused") } : said;
  return (
    <ProblemAlert problem={shown}>
      <Reasons problem={problem} />
      {problem.rules && <Verdicts rules={problem.rules} />}
      {problem.missing && (
        <List mt="xs" data-testid="missing-papers">
          {problem.missing.map((paper) => (
            <List.Item key={paper.code}>{nameOf(paper, lang)}</List.Item>
          ))}
        </List>
      )}
      {next && (
        <Text mt="xs" fw={500} data-testid="what-next">
          {t(`dossier.next.${next}`)}
        </Text>
      )}
      {next === "out-of-step" && dossier.actions.length > 0 && (
        <Text>{dossier.actions.map((action) => nameOf(action, lang)).join(" · ")}</Text>
      )}
    </ProblemAlert>
  );
}
