import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { HeldRole } from "../api/types";
import { day, lastDay } from "../format";
import { useView } from "../state/view";
import classes from "./Account.module.css";

/** What somebody is, where, until when, and in whose place. */
export function RoleList({ roles }: { roles: readonly HeldRole[] }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  if (!roles.length) return <Text c="dimmed">{t("account.noRoles")}</Text>;
  return (
    <ul className={classes.roles}>
      {roles.map(({ role, name_vi, name_en, unit, unit_name, until, deputy_for }) => (
        <li key={`${role}/${unit ?? "*"}/${deputy_for ?? ""}`}>
          <b>{lang === "vi" ? name_vi : name_en}</b> ·{" "}
          {unit === null ? t("account.everywhere") : (unit_name ?? unit)}
          {until && <> · {t("account.until", { date: day(lastDay(until)) })}</>}
          {deputy_for && <> · {t("account.deputyFor", { name: deputy_for })}</>}
        </li>
      ))}
    </ul>
  );
}
