import "../i18n/imagery";
import { useTranslation } from "react-i18next";
import { useScenes } from "../api/imageryQueries";
import { day } from "../format";
import { MapBar } from "../ui/MapBar";
import { LapseControls } from "./LapseControls";
import { imagery, useImagery } from "./view";
import { sensorName } from "./words";

/** While the panel is closed: what is shown, the time lapse, and the way back to the panel. */
export default function ImageryBar() {
  const { t } = useTranslation();
  const { mode, scene, before } = useImagery((value) => value);
  const scenes = useScenes(true).data?.items ?? [];
  const shown = scenes.find(({ id }) => id === scene);
  const other = scenes.find(({ id }) => id === before);
  if (!shown) return null;
  return (
    <MapBar
      name="imagery"
      title={t("imagery.title")}
      icon="layers"
      openLabel={t("imagery.openPanel")}
      onOpen={() => imagery.set({ open: true })}
      offLabel={t("imagery.off")}
      onOff={() => imagery.set({ scene: null, before: null, mode: "single" })}
    >
      {mode === "lapse" ? (
        <LapseControls />
      ) : (
        <>
          {mode === "swipe" && other && `${day(other.datetime)} ↔ `}
          {day(shown.datetime)} · {sensorName(shown.sensor)}
          {shown.simulated && shown.sensor !== "simulated" && ` · ${t("imagery.simulated")}`}
        </>
      )}
    </MapBar>
  );
}
