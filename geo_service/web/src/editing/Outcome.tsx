import { Badge, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Affected, Preview } from "../api/types";
import { areaChange, exactArea, integer } from "../format";
import { useView } from "../state/view";
import classes from "./Edit.module.css";

/** What an edit would do: to the parcels worked on, to their neighbours, to the sum of areas. */
export function Outcome({ preview }: { preview: Preview }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { certificate, affected, rebased } = preview;
  return (
    <>
      {rebased && <Badge color="yellow">{t("preview.rebased")}</Badge>}
      <table className={classes.affected} data-testid="affected">
        <thead>
          <tr>
            <th scope="col">{t("preview.parcel")}</th>
            <th scope="col" className={classes.number}>
              {t("preview.change")}
            </th>
          </tr>
        </thead>
        <tbody>
          {[...affected].sort(byWeight).map((item) => (
            <AffectedRow key={item.id} item={item} />
          ))}
        </tbody>
      </table>
      <Text>
        {t("preview.certificate", {
          segments: integer(certificate.segments_cancelled, lang),
          before: exactArea(certificate.area_before_m2, lang),
          after: exactArea(certificate.area_after_m2, lang),
          difference: areaChange(certificate.area_difference_m2, lang),
        })}
      </Text>
    </>
  );
}

type Fate = "retired" | "created" | "subject" | "adjacent";

function fateOf({ area_before_m2, area_after_m2, role }: Affected): Fate {
  if (area_before_m2 === null) return "created";
  return area_after_m2 === null ? "retired" : role;
}

const WEIGHT: Record<Fate, number> = { retired: 0, created: 1, subject: 2, adjacent: 3 };
const byWeight = (a: Affected, b: Affected) => WEIGHT[fateOf(a)] - WEIGHT[fateOf(b)];

function AffectedRow({ item }: { item: Affected }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const name = item.label || (item.id < 0 ? t("preview.newParcel", { n: -item.id }) : `#${item.id}`);
  const fate = fateOf(item);
  const details = [
    (item.max_shift_mm ?? 0) >= 0.5
      ? t("preview.shift", { mm: integer(item.max_shift_mm ?? 0, lang) })
      : null,
    item.vertices_added ? t("preview.vertices", { count: item.vertices_added }) : null,
  ].filter(Boolean);
  const change =
    fate === "created"
      ? exactArea(item.area_after_m2 ?? 0, lang)
      : fate === "retired"
        ? `−${exactArea(item.area_before_m2 ?? 0, lang)}`
        : areaChange(item.area_change_m2 ?? 0, lang);
  return (
    <tr>
      <td>
        <b>{item.kind === "land" || item.label ? name : t(`kind.${item.kind}`)}</b>
        <br />
        <Text component="span" c="dimmed">
          {[t(`role.${fate}`), ...details].join(" · ")}
        </Text>
      </td>
      <td className={classes.number}>{change}</td>
    </tr>
  );
}
