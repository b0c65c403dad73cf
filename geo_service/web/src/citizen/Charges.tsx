import { useTranslation } from "react-i18next";
import type { ProcedureDefinition } from "../api/citizen";
import { useView } from "../state/view";
import { Card } from "../ui/Page";
import classes from "./Citizen.module.css";
import { dong, feesFor, nameOf } from "./words";

/** What filing online costs, as far as the answers tell; taxes are the tax office's to set. */
export function Charges({
  definition,
  values,
}: {
  definition: ProcedureDefinition;
  values: Readonly<Record<string, string>>;
}) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const fees = feesFor("online", definition.fees, values);
  const taxed = fees.some(({ rule }) => rule.kind === "tax");
  return (
    <Card title={t("citizen.file.charges")}>
      {!fees.length && t("citizen.procedures.free")}
      <ul className={classes.payments} data-testid="charges">
        {fees.map(({ rule, amount, exempt }) => (
          <li key={rule.code}>
            <div>
              <b>{nameOf(rule, lang)}</b>
              <div className={classes.small}>
                {exempt || (rule.kind === "tax" ? t("citizen.file.estimate") : rule.source)}
              </div>
            </div>
            <span className={classes.amount}>
              {amount === null
                ? t("citizen.procedures.percent", { percent: rule.percent?.toLocaleString(lang) })
                : dong(amount, lang)}
            </span>
          </li>
        ))}
      </ul>
      {taxed && <div className={classes.small}>{t("citizen.file.taxLater")}</div>}
    </Card>
  );
}
