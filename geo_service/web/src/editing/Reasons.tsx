import { List } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useUnits } from "../api/queries";
import type { Problem } from "../api/types";
import { unitName } from "../panel/names";
import { blockKind } from "../rights/names";

/** What stands in the way, by name: the blocks on a parcel, the unit where authority is missing. */
export function Reasons({ problem }: { problem: Problem }) {
  const { t } = useTranslation();
  const units = useUnits();
  const { unit: code } = problem;
  // most refusals name their blocks in the sentence itself
  const said = `${problem.detail} ${problem.detail_vi}`;
  const blocks = problem.blocks?.filter(({ reason }) => !said.includes(reason)) ?? [];
  if (!blocks.length && !code) return null;
  const unit = units.data?.items.find((known) => known.code === code);
  return (
    <List mt="xs" spacing={4} data-testid="reasons">
      {blocks.map(({ id, kind, reason, parcel }) => (
        <List.Item key={id}>
          <b>{blockKind(kind, t)}</b>
          {parcel !== undefined && parcel !== null && <> · {t("block.onParcel", { parcel })}</>}: {reason}
        </List.Item>
      ))}
      {code && <List.Item>{unit ? `${unitName(unit)} (${code})` : code}</List.Item>}
    </List>
  );
}
