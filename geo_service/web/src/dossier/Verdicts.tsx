import "../i18n/dossier";
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { RuleVerdict } from "../api/dossierTypes";
import { boundsOf } from "../editing/drawing";
import { useMap } from "../map/context";
import { LEFT_PANEL } from "../map/controller";
import { useView } from "../state/view";
import { Icon, type IconName } from "../ui/icons";
import classes from "./Dossier.module.css";

type Weight = "refused" | "warned" | "passed" | "untested";
const LOOK: Record<Weight, IconName> = {
  refused: "close",
  warned: "warning",
  passed: "check",
  untested: "eye",
};
const ORDER: Weight[] = ["refused", "warned", "untested", "passed"];

function weigh({ verdict, severity }: RuleVerdict): Weight {
  if (verdict === "pass") return "passed";
  if (verdict === "not_testable") return "untested";
  return severity === "refuse" ? "refused" : "warned";
}

/** What the rules of the map say: what is broken first, each with the law it rests on; the rest behind one line. */
export default function Verdicts({ rules }: { rules: readonly RuleVerdict[] }) {
  const { t } = useTranslation();
  const weighed = rules
    .map((rule) => ({ rule, weight: weigh(rule) }))
    .sort((a, b) => ORDER.indexOf(a.weight) - ORDER.indexOf(b.weight));
  const loud = weighed.filter(({ weight }) => weight === "refused" || weight === "warned");
  const quiet = weighed.filter(({ weight }) => weight === "passed" || weight === "untested");
  const refused = loud.filter(({ weight }) => weight === "refused").length;
  return (
    <section className={classes.part} aria-label={t("dossier.rules.title")} data-testid="rules">
      <Text fw={600} role="status" c={refused ? "red.9" : "green.9"} className={classes.state}>
        <Icon name={refused ? "close" : "check"} />
        {refused ? t("dossier.rules.refusedCount", { count: refused }) : t("dossier.rules.passedAll")}
      </Text>
      {loud.length > 0 && <VerdictList items={loud} />}
      {quiet.length > 0 && (
        <details>
          <summary>{t("dossier.rules.others", { count: quiet.length })}</summary>
          <VerdictList items={quiet} />
        </details>
      )}
    </section>
  );
}

function VerdictList({ items }: { items: readonly { rule: RuleVerdict; weight: Weight }[] }) {
  return (
    <ul className={classes.plain}>
      {items.map(({ rule, weight }) => (
        <li key={`${rule.rule}/${rule.parcel}/${rule.text_vi}`}>
          <Verdict rule={rule} weight={weight} />
        </li>
      ))}
    </ul>
  );
}

function Verdict({ rule, weight }: { rule: RuleVerdict; weight: Weight }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const controller = useMap();
  const bounds = rule.segments ? boundsOf(rule.segments) : null;
  return (
    <div
      className={`${classes.card} ${classes.verdict}`}
      data-testid={`rule-${rule.rule}`}
      data-verdict={rule.verdict}
      data-severity={rule.severity}
    >
      <div className={classes.line}>
        <Icon name={LOOK[weight]} />
        <div className={classes.grow}>
          <Text fw={500}>{t(`dossier.rules.${weight}`)}</Text>
          <Text>{(lang === "vi" ? rule.text_vi : rule.text_en).replace(` (${rule.source})`, "")}</Text>
          <Text className={classes.source}>
            {t("dossier.rules.source")}: {rule.source}
          </Text>
          {bounds && weight !== "passed" && (
            <button
              type="button"
              className={classes.link}
              onClick={() => controller.fly({ bounds }, LEFT_PANEL)}
            >
              {t("dossier.rules.show")}
            </button>
          )}
        </div>
      </div>
    </div>
  );
}
