import "../i18n/imagery";
import { ActionIcon } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useScenes } from "../api/imageryQueries";
import { day } from "../format";
import { Icon } from "../ui/icons";
import classes from "./Imagery.module.css";
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
    <section className={classes.bar} aria-label={t("imagery.title")} data-testid="imagery-bar">
      {mode === "lapse" ? (
        <div className={classes.grow}>
          <LapseControls />
        </div>
      ) : (
        <span className={classes.grow}>
          {mode === "swipe" && other && `${day(other.datetime)} ↔ `}
          {day(shown.datetime)} · {sensorName(shown.sensor)}
          {shown.simulated && shown.sensor !== "simulated" && ` · ${t("imagery.simulated")}`}
        </span>
      )}
      <ActionIcon
        variant="light"
        size={36}
        onClick={() => imagery.set({ open: true })}
        aria-label={t("imagery.openPanel")}
        data-testid="imagery-open"
      >
        <Icon name="layers" />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={36}
        onClick={() => imagery.set({ scene: null, before: null, mode: "single" })}
        aria-label={t("imagery.off")}
      >
        <Icon name="close" />
      </ActionIcon>
    </section>
  );
}
