import { Anchor } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../api/endpoints";
import { area } from "../format";
import { useMap } from "../map/context";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Citizen.module.css";
import { showOnMap } from "./open";
import { parcelName } from "./words";

export interface LinkedParcel {
  id: number;
  code: string | null;
  label: string;
  area_m2: number;
  role: "subject" | "result";
  current: boolean;
}

const PARCEL_PANEL = 420;

/** The parcels of a dossier, old and new; each flies the map to itself. */
export function ParcelLinks({ parcels }: { parcels: readonly LinkedParcel[] }) {
  const { t } = useTranslation();
  const results = parcels.filter(({ role }) => role === "result");
  const subjects = parcels.filter(({ role }) => role === "subject");
  return (
    <div className={classes.parcels} data-testid="dossier-parcels">
      <Group
        title={t(results.length ? "citizen.parcels.before" : "citizen.parcels.about")}
        parcels={subjects}
      />
      {results.length > 0 && <Group title={t("citizen.parcels.after")} parcels={results} />}
    </div>
  );
}

function Group({ title, parcels }: { title: string; parcels: readonly LinkedParcel[] }) {
  return (
    <div>
      <div className={classes.small}>{title}</div>
      <ul className={classes.plain}>
        {parcels.map((parcel) => (
          <li key={parcel.id}>
            <ParcelLink parcel={parcel} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function ParcelLink({ parcel }: { parcel: LinkedParcel }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const controller = useMap();
  const client = useQueryClient();
  const key = String(parcel.code ?? parcel.id);
  const fly = () => {
    showOnMap(key);
    void client
      .query({ queryKey: ["parcel", key, null], queryFn: () => api.parcel(key, null) })
      .then(({ bounds }) => controller.fly({ bounds }, PARCEL_PANEL))
      // the panel of the parcel says why it cannot be shown
      .catch(() => undefined);
  };
  return (
    <Anchor
      component="button"
      type="button"
      onClick={fly}
      className={classes.parcel}
      data-testid="parcel-link"
    >
      <Icon name="target" />
      <span>
        <b>{parcelName(parcel.label, lang) || key}</b> · {area(parcel.area_m2, lang)}
        {!parcel.current && <em> · {t("status.retired")}</em>}
      </span>
    </Anchor>
  );
}
