import { Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Forecast } from "../api/imagery";
import { integer } from "../format";
import { useMap } from "../map/context";
import { useView } from "../state/view";
import { chance, CLASSES, classLabel } from "./classes";
import classes from "./Forecast.module.css";
import { usePicked } from "./view";

/** From this zoom on parcels are drawn, as the service's tiles have it. */
const PARCELS_FROM = 13;

/** What the colours mean, and the chance of the parcel that was clicked. */
export function ForecastLegend({ forecast: { figures } }: { forecast: Forecast }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const parcel = usePicked();
  const far = useFar();
  return (
    <div className={classes.legend} data-testid="forecast-legend">
      <ul className={classes.classes} aria-label={t("forecast.legend")}>
        {CLASSES.map(({ from, colour }, place) => (
          <li key={from} aria-label={classLabel(place, lang)}>
            <span className={classes.swatch} style={{ backgroundColor: colour }} />
            {from > 0 && <span aria-hidden="true">{chance(from, lang)}</span>}
          </li>
        ))}
      </ul>
      <span className={classes.ring}>{t("forecast.ring", { n: integer(figures?.k ?? 0, lang) })}</span>
      <Text role="status" data-testid="forecast-picked">
        {parcel
          ? t("forecast.picked", {
              p: chance(parcel.probability, lang),
              rank: integer(parcel.rank, lang),
            })
          : t(far ? "forecast.nearer" : "forecast.pick")}
      </Text>
    </div>
  );
}

/** Whether the map is too far away for parcels. */
function useFar(): boolean {
  const { map } = useMap();
  const [far, setFar] = useState(() => map.getZoom() < PARCELS_FROM);
  useEffect(() => {
    const look = () => setFar(map.getZoom() < PARCELS_FROM);
    map.on("zoomend", look);
    return () => {
      map.off("zoomend", look);
    };
  }, [map]);
  return far;
}
