import { Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Fee } from "../api/dossierTypes";
import { dong, feesFor, nameOf } from "../citizen/words";
import { useView } from "../state/view";
import classes from "./Counter.module.css";
import type { PartProps } from "./EntryForm";

interface Props extends PartProps {
  fees: readonly Fee[];
  disabled: boolean;
}

/** What is to be paid at the counter now; taxes come later, from the tax office. */
export function FeesPart({ entry, onChange, fees, disabled }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const rules = fees.filter(({ kind }) => kind === "fee");
  const due = feesFor(entry.channel === 1 ? "counter" : "post", rules, entry.values);
  const total = due.reduce((sum, { amount }) => sum + (amount ?? 0), 0);
  if (!due.length) return <Text c="dimmed">{t("counter.fees.none")}</Text>;
  return (
    <div className={classes.fees}>
      <ul className={classes.feeList}>
        {due.map(({ rule, amount, exempt }) => (
          <li key={rule.code}>
            <Text className={classes.grow}>
              {nameOf(rule, lang)}
              {exempt && <span className={classes.dimmed}> · {exempt}</span>}
            </Text>
            <Text className={classes.amount}>{amount === null ? "—" : dong(amount, lang)}</Text>
          </li>
        ))}
        <li>
          <Text fw={600} className={classes.grow}>
            {t("counter.fees.total")}
          </Text>
          <Text fw={600} className={classes.amount} data-testid="counter-total">
            {dong(total, lang)}
          </Text>
        </li>
      </ul>
      <TextInput
        id="counter-receipt"
        label={t("counter.fees.receipt")}
        description={t("counter.fees.receiptHint")}
        value={entry.receipt}
        onChange={(event) => onChange({ receipt: event.currentTarget.value })}
        disabled={disabled || total === 0}
        autoComplete="off"
        size="md"
        data-testid="counter-receipt"
      />
    </div>
  );
}
