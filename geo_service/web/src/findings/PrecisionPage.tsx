import "../i18n/findings";
import { Button, Text } from "@mantine/core";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { GROUPS, type Judged, type Precision, type PrecisionGroup, type ShareOf } from "../api/findings";
import { usePrecision } from "../api/findingsQueries";
import { useUnits } from "../api/queries";
import { integer } from "../format";
import { unitName } from "../panel/names";
import { type Language, openPage, useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card, Page } from "../ui/Page";
import table from "../ui/Table.module.css";
import classes from "./Findings.module.css";
import { useFindingsFeed } from "./useFindingsFeed";
import { modelName, percent, transitionName } from "./words";

/** How often findings turned out right, from the verdicts, with how sure that is. */
export default function PrecisionPage() {
  const { t } = useTranslation();
  const query = usePrecision();
  useFindingsFeed();
  return (
    <Page
      title={t("finding.precision.title")}
      aside={
        <Button
          variant="default"
          leftSection={<Icon name="target" />}
          onClick={() => openPage("findings")}
          visibleFrom="sm"
        >
          {t("finding.precision.open")}
        </Button>
      }
      data-testid="precision-page"
    >
      <Text mb="md">{t("finding.precision.why")}</Text>
      <Loaded query={query}>
        {(precision) =>
          precision.total.length ? (
            <div className={classes.cards}>
              {GROUPS.map((group) => (
                <Group key={group} group={group} precision={precision} />
              ))}
            </div>
          ) : (
            <Text c="dimmed" data-testid="precision-none">
              {t("finding.precision.none")}
            </Text>
          )
        }
      </Loaded>
    </Page>
  );
}

function Group({ group, precision }: { group: PrecisionGroup; precision: Precision }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const units = useUnits().data?.items ?? [];
  const name = (code: string): string => {
    if (group === "model") return modelName(code, t);
    if (group === "transition") return transitionName(code, t);
    if (group === "total") return t("finding.precision.total");
    const unit = units.find((one) => one.code === code);
    return code === "*" ? t("finding.city") : unit ? unitName(unit) : code;
  };
  return (
    <Card title={t(`finding.precision.${group}`)}>
      <table className={table.table} data-testid={`precision-${group}`}>
        <thead>
          <tr>
            <th scope="col">{t("finding.precision.name")}</th>
            <th scope="col">{t("finding.precision.verdicts")}</th>
            <th scope="col">{t("finding.precision.changed")}</th>
            <th scope="col">{t("finding.precision.unpermitted")}</th>
          </tr>
        </thead>
        <tbody>
          {precision[group].map((row) => (
            <tr key={row.code} data-testid={`precision-${group}-${row.code || "all"}`}>
              <td data-label={t("finding.precision.name")}>
                <span>
                  <b>{name(row.code)}</b>
                  {row.simulated && <> · {t("finding.precision.simulated")}</>}
                </span>
              </td>
              <td data-label={t("finding.precision.verdicts")}>
                <span>
                  {words(row, t, lang)}
                  {!row.enough && (
                    <Text span className={classes.few} data-testid="precision-few">
                      <Icon name="warning" size={16} />{" "}
                      {t("finding.precision.few", {
                        n: integer(row.changed.n, lang),
                        least: integer(precision.least, lang),
                      })}
                    </Text>
                  )}
                </span>
              </td>
              <td data-label={t("finding.precision.changed")}>
                <Share share={row.changed} sure={row.enough} />
              </td>
              <td data-label={t("finding.precision.unpermitted")}>
                <Share share={row.unpermitted} sure={row.enough} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

const words = (row: Judged, t: TFunction, lang: Language): string =>
  t("finding.precision.counts", {
    confirmed: integer(row.confirmed, lang),
    permitted: integer(row.permitted, lang),
    wrong: integer(row.false, lang),
    unseen: integer(row.not_visible, lang),
  });

/** A share with its interval: the bar is the interval, the stroke in it the share. */
function Share({ share: { hits, n, value, low, high }, sure }: { share: ShareOf; sure: boolean }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  if (value === null || low === null || high === null) return <span className={classes.dimmed}>—</span>;
  const at = (x: number) => `${(x * 100).toFixed(1)}%`;
  return (
    <span className={classes.share} data-sure={sure}>
      <span>
        {t("finding.precision.share", {
          p: percent(value, lang),
          hits: integer(hits, lang),
          n: integer(n, lang),
        })}
      </span>
      <span className={classes.interval} aria-hidden="true">
        <span className={classes.between} style={{ left: at(low), width: at(high - low) }} />
        <span className={classes.point} style={{ left: at(value) }} />
      </span>
      <span className={classes.dimmed}>
        {t("finding.precision.interval", { low: percent(low, lang), high: percent(high, lang) })}
      </span>
    </span>
  );
}
