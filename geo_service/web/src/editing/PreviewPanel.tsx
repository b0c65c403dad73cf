import { Badge, Button, Stack, Text, Textarea, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Affected, Preview } from "../api/types";
import { areaChange, exactArea, integer } from "../format";
import { useView } from "../state/view";
import { useEditing } from "./context";
import classes from "./Edit.module.css";

/** What the edit would do: to the parcels worked on, to their neighbours, to the sum of areas. */
export function PreviewPanel({ preview, waiting }: { preview: Preview; waiting: boolean }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { commit, allowed, state } = useEditing();
  const [reason, setReason] = useState(state.draft?.reason ?? "");
  const { certificate, affected, rebased } = preview;
  return (
    <Stack gap="sm" data-testid="preview-panel">
      <Title order={3} size="h5">
        {t("preview.title")}
      </Title>
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
      <Textarea
        label={t("preview.reason")}
        placeholder={t("preview.reasonExample")}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        autosize
        minRows={2}
        required
        data-testid="reason"
      />
      <Button
        onClick={() => commit(reason.trim())}
        disabled={!reason.trim() || !allowed}
        loading={waiting}
        data-testid="commit"
        size="md"
      >
        {t("preview.commit")}
      </Button>
    </Stack>
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
