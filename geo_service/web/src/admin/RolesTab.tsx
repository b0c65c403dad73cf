import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useRoles } from "../api/peopleQueries";
import type { Capability, RoleInfo } from "../api/types";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import classes from "./Admin.module.css";

const CAPABILITIES: Capability[] = [
  "edit.propose",
  "edit.approve",
  "rights.read",
  "rights.write",
  "block.write",
  "person.reveal",
  "staff.names",
  "analysis.read",
  "audit.read",
  "accounts.manage",
];

const ROLES = [
  "citizen",
  "reception",
  "surveyor",
  "land_officer",
  "approver",
  "registrar",
  "inspector",
  "analyst",
  "leader",
  "administrator",
];
const place = ({ code }: RoleInfo) => ROLES.indexOf(code) >>> 0;
const byOrder = (a: RoleInfo, b: RoleInfo) => place(a) - place(b);

/** What each role may do; for reading, the roles are part of the service. */
export function RolesTab() {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const roles = useRoles();
  return (
    <Card title={t("admin.rolesTitle")}>
      <Text c="dimmed" mb="sm">
        {t("admin.rolesWhy")}
      </Text>
      <Loaded query={roles}>
        {({ items }) => (
          <div className={classes.matrix} tabIndex={0} role="region" aria-label={t("admin.rolesTitle")}>
            <table data-testid="roles-table">
              <thead>
                <tr>
                  <th scope="col">{t("admin.role")}</th>
                  {CAPABILITIES.map((capability) => (
                    <th key={capability} scope="col">
                      {t(`capability.${capability}`)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {[...items].sort(byOrder).map(({ code, name_vi, name_en, capabilities }) => (
                  <tr key={code}>
                    <th scope="row">{lang === "vi" ? name_vi : name_en}</th>
                    {CAPABILITIES.map((capability) => {
                      const has = capabilities.includes(capability);
                      return (
                        <td key={capability}>
                          <span
                            className={has ? classes.has : classes.hasNot}
                            role="img"
                            aria-label={t(has ? "yes" : "no")}
                          >
                            {has ? <Icon name="check" /> : "·"}
                          </span>
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Loaded>
    </Card>
  );
}
