import { Badge, Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { LiveStatus } from "../live/LiveStatus";
import { imagery, useImagery } from "../imagery/view";
import { useMap } from "../map/context";
import { Icon } from "./icons";
import classes from "./StatusBar.module.css";

interface Props {
  simulated: boolean;
  time: boolean;
  onTime: () => void;
  legend: boolean;
  onLegend: () => void;
}

export function StatusBar({ simulated, time, onTime, legend, onLegend }: Props) {
  const { t } = useTranslation();
  const pictures = useImagery((v) => v.open);
  return (
    <footer className={classes.bar}>
      <LiveStatus />
      {simulated && (
        <Badge color="orange" variant="light" className={classes.badge} data-testid="simulated">
          <span className={classes.long}>{t("simulated")}</span>
          <span className={classes.short}>{t("simulatedShort")}</span>
        </Badge>
      )}
      <Coordinates />
      <span className={classes.space} />
      <Button
        variant="subtle"
        className={classes.button}
        leftSection={<Icon name="layers" />}
        aria-pressed={pictures}
        onClick={() => imagery.set({ open: !pictures })}
        data-testid="imagery-toggle"
        aria-label={t("imageryButton")}
      >
        <span className={classes.long}>{t("imageryButton")}</span>
      </Button>
      <Button
        variant="subtle"
        className={classes.button}
        leftSection={<Icon name="legend" />}
        aria-pressed={legend}
        onClick={onLegend}
        data-testid="legend-toggle"
        aria-label={t("legend.title")}
      >
        <span className={classes.long}>{t("legend.title")}</span>
      </Button>
      <Button
        variant="subtle"
        className={classes.button}
        leftSection={<Icon name="clock" />}
        aria-pressed={time}
        onClick={onTime}
        data-testid="time-toggle"
        aria-label={t("time.title")}
      >
        <span className={classes.long}>{t("time.title")}</span>
      </Button>
    </footer>
  );
}

/** Place under the pointer, WGS84; only where there is a pointer and room. */
function Coordinates() {
  const controller = useMap();
  const [place, setPlace] = useState("");
  useEffect(() => {
    const { map } = controller;
    const onMove = ({ lngLat: { lat, lng } }: { lngLat: { lat: number; lng: number } }) =>
      setPlace(`${lat.toFixed(6)}, ${lng.toFixed(6)}`);
    map.on("mousemove", onMove);
    return () => {
      map.off("mousemove", onMove);
    };
  }, [controller]);
  return <span className={classes.place}>{place}</span>;
}
