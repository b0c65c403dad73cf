import "../i18n/citizen";
import "../i18n/dossier";
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useParcelDossiers } from "../api/dossierQueries";
import type { DossierBrief } from "../api/dossierTypes";
import type { Parcel } from "../api/types";
import { nameOf } from "../citizen/words";
import { day } from "../format";
import { openDossier, useView } from "../state/view";
import { Loaded } from "../ui/Loaded";
import { DueTime, StatusBadge, TermBadge } from "./Badges";
import classes from "./Dossier.module.css";

/** Every dossier about this parcel, one it came from or one it became. */
export default function ParcelDossiers({ parcel }: { parcel: Parcel }) {
  const { t } = useTranslation();
  const query = useParcelDossiers(parcel.id);
  return (
    <Loaded query={query}>
      {({ items }) =>
        items.length ? (
          <ul className={classes.plain} aria-label={t("desk.ofParcel")} data-testid="parcel-dossiers">
            {items.map((dossier) => (
              <li key={dossier.id}>
                <Brief dossier={dossier} />
              </li>
            ))}
          </ul>
        ) : (
          <Text c="dimmed">{t("desk.noneOfParcel")}</Text>
        )
      }
    </Loaded>
  );
}

function Brief({ dossier }: { dossier: DossierBrief }) {
  const lang = useView((v) => v.lang);
  const { id, code, procedure, status, step, filed_at, due_at, finished_at } = dossier;
  return (
    <button
      type="button"
      className={classes.brief}
      onClick={() => openDossier(id)}
      data-testid={`parcel-dossier-${code}`}
    >
      <b className={classes.code}>{code}</b>
      <span>{nameOf(procedure, lang)}</span>
      <span className={classes.states}>
        <StatusBadge status={status} />
        {finished_at === null && <TermBadge dossier={dossier} />}
      </span>
      <span className={classes.dimmed}>
        {nameOf(step, lang)} · {day(filed_at)}
        {finished_at ? ` – ${day(finished_at)}` : null} {!finished_at && <DueTime at={due_at} />}
      </span>
    </button>
  );
}
