import { Anchor } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { usePrintable } from "../api/citizenQueries";
import type { Dossier } from "../api/dossierTypes";
import { day } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Card } from "../ui/Page";
import classes from "./Citizen.module.css";
import { nameOf, parcelName } from "./words";

/** What the office has issued, and extracts of the parcels; each opens as a PDF. */
export function IssuedPapers({ dossier }: { dossier: Dossier }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const items = usePrintable(dossier.id).data?.items ?? [];
  if (!items.length) return null;
  const land = new Map(dossier.parcels.map(({ id, label }) => [id, parcelName(label, lang)]));
  return (
    <Card title={t("citizen.papers.issued")}>
      <ul className={classes.plain} data-testid="issued-papers">
        {items.map(({ url, at, parcel, ...names }) => (
          <li key={url}>
            <Anchor href={url} target="_blank" rel="noreferrer" className={classes.parcel}>
              <Icon name="download" />
              <span>
                <b>{nameOf(names, lang)}</b>
                {parcel !== null && ` · ${land.get(parcel) ?? parcel}`}
                {at && <span className={classes.small}> · {day(at)}</span>}
              </span>
            </Anchor>
          </li>
        ))}
      </ul>
    </Card>
  );
}
