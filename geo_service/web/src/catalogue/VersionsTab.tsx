import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useHistory } from "../api/administrationQueries";
import type { PastVersion } from "../api/administrationTypes";
import { day, integer, isoDay, lastDay } from "../format";
import { useView } from "../state/view";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import table from "../ui/Table.module.css";
import { When } from "../ui/When";
import classes from "./Catalogue.module.css";

interface Props {
  code: string;
  /** a day on which the version holds that is to be looked at */
  onLook: (at: string) => void;
}

/** Every published version, and how many dossiers still run under each. */
export function VersionsTab({ code, onLook }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const history = useHistory(code);
  return (
    <Card title={t("administration.tab.versions")}>
      <p className={classes.dimmed}>{t("administration.versionsWhat")}</p>
      <Loaded query={history}>
        {({ items }) =>
          items.length ? (
            <table className={table.table} data-testid="versions">
              <thead>
                <tr>
                  <th scope="col">{t("administration.version")}</th>
                  <th scope="col">{t("administration.holds")}</th>
                  <th scope="col">{t("administration.standing")}</th>
                  <th scope="col">{t("administration.running")}</th>
                  <th scope="col">{t("administration.publishedAt")}</th>
                  <th scope="col">{t("administration.field.source")}</th>
                </tr>
              </thead>
              <tbody>
                {items.map((one) => (
                  <tr key={one.version} data-testid={`version-${one.version}`}>
                    <td data-label={t("administration.version")} className={table.nowrap}>
                      <button type="button" className={classes.link} onClick={() => onLook(one.valid_from)}>
                        {t("administration.versionNumber", { version: one.version })}
                      </button>
                    </td>
                    <td data-label={t("administration.holds")} className={table.nowrap}>
                      {one.valid_until
                        ? `${day(one.valid_from)} – ${day(lastDay(one.valid_until))}`
                        : t("administration.since", { day: day(one.valid_from) })}
                    </td>
                    <td data-label={t("administration.standing")} className={table.nowrap}>
                      <Standing one={one} />
                    </td>
                    <td data-label={t("administration.running")} data-testid={`running-${one.version}`}>
                      {integer(one.running, lang)}
                    </td>
                    <td data-label={t("administration.publishedAt")}>
                      <span>
                        <When at={one.published_at} />
                        <span className={classes.block}>
                          {one.published_by ?? t("administration.shipped")}
                        </span>
                      </span>
                    </td>
                    <td data-label={t("administration.field.source")}>{one.source || "—"}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          ) : (
            t("administration.neverPublished")
          )
        }
      </Loaded>
    </Card>
  );
}

function Standing({ one }: { one: PastVersion }) {
  const { t } = useTranslation();
  const today = isoDay(new Date());
  const state =
    one.valid_from > today ? "future" : one.valid_until && one.valid_until <= today ? "past" : "now";
  return (
    <span className={classes.marks}>
      <Badge variant="light" color={state === "now" ? "green" : state === "future" ? "yellow" : "gray"}>
        {t(`administration.versionState.${state}`)}
      </Badge>
    </span>
  );
}
