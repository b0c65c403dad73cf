import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMyAccesses } from "../api/peopleQueries";
import type { Access } from "../api/types";
import { roleName, seenName } from "../rights/names";
import { useView } from "../state/view";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import table from "../ui/Table.module.css";
import { When } from "../ui/When";

/** Who looked at the person's data: when, in what office, where, and what for. */
export function AccessesTab() {
  const { t } = useTranslation();
  const accesses = useMyAccesses();
  return (
    <Card title={t("account.accessesTitle")}>
      <Text c="dimmed" mb="sm">
        {t("account.accessesWhy")}
      </Text>
      <Loaded query={accesses}>
        {({ items }) => (
          <table className={table.table} data-testid="accesses-list">
            <thead>
              <tr>
                <th scope="col">{t("audit.at")}</th>
                <th scope="col">{t("account.whoLooked")}</th>
                <th scope="col">{t("account.what")}</th>
                <th scope="col">{t("account.purpose")}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((access) => (
                <Row key={`${access.at}/${access.what}/${access.who_role}`} access={access} />
              ))}
              {!items.length && (
                <tr>
                  <td colSpan={4}>{t("account.nobodyLooked")}</td>
                </tr>
              )}
            </tbody>
          </table>
        )}
      </Loaded>
    </Card>
  );
}

function Row({ access }: { access: Access }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const purpose = lang === "vi" ? access.purpose_vi : access.purpose_en;
  return (
    <tr>
      <td data-label={t("audit.at")}>
        <When at={access.at} />
      </td>
      <td data-label={t("account.whoLooked")}>
        <span>
          {(lang === "vi" ? access.who_role_vi : access.who_role_en) ??
            (access.who_role ? roleName(access.who_role, t) : t("audit.nobody"))}
          {(access.unit_name ?? access.unit) && (
            <>
              <br />
              <span className={table.dimmed}>{access.unit_name ?? access.unit}</span>
            </>
          )}
        </span>
      </td>
      <td data-label={t("account.what")}>{seenName(access.what, t)}</td>
      <td data-label={t("account.purpose")}>
        <span>
          {purpose}
          {access.note && (
            <>
              <br />
              <span className={table.dimmed}>{access.note}</span>
            </>
          )}
        </span>
      </td>
    </tr>
  );
}
