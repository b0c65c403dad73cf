import { Alert, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Dossier } from "../api/dossierTypes";
import { dong } from "../citizen/words";
import { dateTime } from "../format";
import { blockKind } from "../rights/names";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Dossier.module.css";

/** What stands in the way or must not be overlooked, before anything is done. */
export function Warnings({ dossier }: { dossier: Dossier }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { blocks, payments, draft, promised_at, finished_at } = dossier;
  const stops = blocks.filter((block) => block.stops);
  const open = payments.filter(
    ({ status, amount }) => (status === "due" || status === "pending") && amount > 0,
  );
  const returned = draft?.status === "open" ? draft.returned_note : null;
  const promised = finished_at === null ? promised_at : null;
  if (!stops.length && !open.length && !returned && !promised) return null;
  return (
    <Stack gap={6} className={classes.warnings}>
      {stops.length > 0 && (
        <Alert
          color="red"
          icon={<Icon name="lock" />}
          title={t("dossier.blocked")}
          data-testid="dossier-blocked"
        >
          {stops.map(({ id, kind, parcel, reason }) => (
            <Text key={id}>
              <b>{blockKind(kind, t)}</b> · {t("block.onParcel", { parcel: parcelName(dossier, parcel) })}
              {reason && <>: {reason}</>}
            </Text>
          ))}
        </Alert>
      )}
      {returned && (
        <Alert color="orange" icon={<Icon name="undo" />} title={t("dossier.drawing.returned")}>
          “{returned}”
        </Alert>
      )}
      {open.length > 0 && (
        <Text className={classes.state}>
          <Icon name="money" />
          {t("dossier.toPay", {
            amount: dong(
              open.reduce((sum, { amount }) => sum + amount, 0),
              lang,
            ),
          })}
        </Text>
      )}
      {promised && (
        <Text className={classes.state}>
          <Icon name="clock" />
          {t("dossier.promised", { date: dateTime(promised) })}
        </Text>
      )}
    </Stack>
  );
}

function parcelName({ parcels }: Dossier, id: number): string {
  const found = parcels.find((parcel) => parcel.id === id);
  return found?.label || found?.code || `#${id}`;
}
