import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { citizen } from "../api/citizen";
import { asProblem } from "../api/client";
import type { Payment } from "../api/dossierTypes";
import { day } from "../format";
import { useView } from "../state/view";
import { Icon, type IconName } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Citizen.module.css";
import { dong, nameOf } from "./words";

type Shown = Pick<Payment, "id" | "kind" | "name_vi" | "name_en" | "amount" | "status" | "due_on">;

const ICONS: Record<Payment["status"], IconName> = {
  due: "warning",
  pending: "clock",
  paid: "check",
  cancelled: "close",
};

export const isOpen = ({ status, amount }: Pick<Payment, "status" | "amount">) =>
  amount > 0 && (status === "due" || status === "pending");

/** What is and was to be paid; `dossier`: for who may pay it here. */
export function PayList({ payments, dossier }: { payments: readonly Shown[]; dossier?: string }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const pay = useMutation({
    mutationFn: (payment: string) => citizen.pay(dossier ?? "", payment),
    // the partner's page; the browser's way back leads here again
    onSuccess: ({ address }) => window.location.assign(address),
  });
  return (
    <>
      <ul className={classes.payments} data-testid="payments">
        {payments.map((payment) => (
          <li key={payment.id} data-state={payment.status}>
            <div>
              <b>{nameOf(payment, lang)}</b>
              <div className={classes.small}>
                <Icon name={ICONS[payment.status]} size={18} />{" "}
                {t(payment.amount ? `citizen.pay.status.${payment.status}` : "citizen.pay.free")}
                {payment.due_on &&
                  isOpen(payment) &&
                  ` · ${t("citizen.pay.dueOn", { date: day(payment.due_on) })}`}
              </div>
            </div>
            <span className={classes.amount}>{dong(payment.amount, lang)}</span>
            {dossier && isOpen(payment) && (
              <Button
                size="md"
                loading={pay.isPending && pay.variables === payment.id}
                disabled={pay.isPending}
                onClick={() => pay.mutate(payment.id)}
                data-testid="pay"
              >
                {t("citizen.pay.online")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {pay.error && <ProblemAlert problem={asProblem(pay.error)} />}
    </>
  );
}
