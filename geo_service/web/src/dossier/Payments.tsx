import { Button, Group, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { forgetDossier } from "../api/dossierQueries";
import { dossiers } from "../api/dossiers";
import type { Dossier, Payment } from "../api/dossierTypes";
import { useSession } from "../api/queries";
import { dong, nameOf } from "../citizen/words";
import { dateTime, day } from "../format";
import { may } from "../session/may";
import { useView } from "../state/view";
import { Icon, type IconName } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Dossier.module.css";

const ICON: Record<Payment["status"], IconName> = {
  due: "money",
  pending: "clock",
  paid: "check",
  cancelled: "close",
};

/** What is and was to be paid; the counter takes fees in. */
export function Payments({ dossier }: { dossier: Dossier }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const takes = may(useSession().data?.user, "desk.reception", dossier.received_unit.code);
  return (
    <ul className={classes.plain} data-testid="dossier-payments">
      {dossier.payments.map((payment) => (
        <li key={payment.id} className={classes.card}>
          <div className={classes.line}>
            <Icon name={ICON[payment.status]} />
            <Text className={classes.grow}>
              {nameOf(payment, lang)}
              <br />
              <Text component="span" c="dimmed">
                {[
                  t(`dossier.payment.${payment.status}`),
                  payment.paid_at && dateTime(payment.paid_at),
                  payment.status === "due" &&
                    payment.due_on &&
                    t("dossier.payment.until", { date: day(payment.due_on) }),
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </Text>
            </Text>
            <Text className={classes.number} fw={600}>
              {dong(payment.amount, lang)}
            </Text>
          </div>
          {takes && payment.kind === "fee" && payment.status === "due" && payment.amount > 0 && (
            <TakeIn dossier={dossier.id} payment={payment.id} />
          )}
        </li>
      ))}
    </ul>
  );
}

function TakeIn({ dossier, payment }: { dossier: string; payment: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [receipt, setReceipt] = useState("");
  const take = useMutation({
    mutationFn: () => dossiers.paidAtCounter(dossier, payment, receipt.trim()),
    onSettled: () => forgetDossier(client, dossier),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    take.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="xs" mt="xs">
        <TextInput
          label={t("dossier.payment.receipt")}
          value={receipt}
          onChange={(event) => setReceipt(event.currentTarget.value)}
          required
        />
        <Button type="submit" variant="light" loading={take.isPending} disabled={!receipt.trim()}>
          {t("dossier.payment.take")}
        </Button>
      </Group>
      {take.error && <ProblemAlert problem={asProblem(take.error)} />}
    </form>
  );
}
