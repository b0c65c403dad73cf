import "../i18n/imagery";
import { Button, Checkbox, Group, NativeSelect, SegmentedControl, Slider, Text } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Scene } from "../api/imagery";
import { useScenes } from "../api/imageryQueries";
import { useSession } from "../api/queries";
import { ForecastPart } from "../forecast/ForecastPart";
import { overlap } from "../map/tiles";
import { may } from "../session/may";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { PanelHead } from "../ui/PanelHead";
import { type Mode, MODES } from "./address";
import classes from "./Imagery.module.css";
import { LapseControls } from "./LapseControls";
import { lapse, useSeen } from "./lapse";
import { LookPicker } from "./LookPicker";
import { SceneList } from "./SceneList";
import { byDate, earlierThan, sensorsOf } from "./scenes";
import { imagery, useImagery } from "./view";
import { optionOf, sensorName } from "./words";

const UploadDialog = lazy(() => import("./UploadDialog"));
const DetectDialog = lazy(() => import("./DetectDialog"));

/** What was taken from above: by date, one picture, two beside each other, or all in turn. */
export default function ImageryPanel() {
  const { t } = useTranslation();
  const user = useSession().data?.user;
  const manager = may(user, "imagery.manage", "*");
  const detector = may(user, "detect.run");
  const scenes = useScenes(true);
  const [adding, setAdding] = useState(false);
  const [detecting, setDetecting] = useState(false);
  return (
    <section className={classes.panel} aria-label={t("imagery.title")} data-testid="imagery-panel">
      <PanelHead
        title={t("imagery.title")}
        close={{ go: () => imagery.set({ open: false }), testid: "imagery-close" }}
      />
      <div className={classes.body}>
        {may(user, "finding.read") && <ForecastPart />}
        <Loaded query={scenes}>{({ items }) => <Choice scenes={items} />}</Loaded>
      </div>
      {(manager || detector) && (
        <Group gap="xs" className={classes.foot}>
          {manager && (
            <Button
              variant="light"
              leftSection={<Icon name="upload" />}
              onClick={() => setAdding(true)}
              data-testid="imagery-add"
            >
              {t("imagery.add")}
            </Button>
          )}
          {detector && (
            <Button
              leftSection={<Icon name="target" />}
              onClick={() => setDetecting(true)}
              data-testid="imagery-detect"
            >
              {t("imagery.detect")}
            </Button>
          )}
        </Group>
      )}
      <Suspense>
        {adding && <UploadDialog onClose={() => setAdding(false)} />}
        {detecting && scenes.data && (
          <DetectDialog scenes={scenes.data.items} onClose={() => setDetecting(false)} />
        )}
      </Suspense>
    </section>
  );
}

function Choice({ scenes }: { scenes: readonly Scene[] }) {
  const { t } = useTranslation();
  const { mode, scene, opacity } = useImagery((value) => value);
  const [here, setHere] = useState(false);
  const [sensor, setSensor] = useState("");
  const seen = useSeen();
  if (!scenes.length) return <Text c="dimmed">{t("imagery.none")}</Text>;
  const wanted = byDate(
    scenes.filter((s) => (!sensor || s.sensor === sensor) && (!here || overlap(s.bounds, seen))),
  ).reverse();
  return (
    <>
      <SegmentedControl
        fullWidth
        aria-label={t("imagery.mode")}
        value={mode}
        onChange={(value) => setMode(MODES.find((one) => one === value) ?? "single", scenes)}
        data={MODES.map((value) => ({ value, label: t(`imagery.modes.${value}`) }))}
        data-testid="imagery-mode"
      />
      {mode === "swipe" && <Pair scenes={scenes} />}
      {mode === "lapse" && <LapseControls />}
      {scene && (
        <>
          <LookPicker scene={scene} />
          <div>
            <Text id="imagery-opacity">{t("imagery.opacity")}</Text>
            <Slider
              value={Math.round(opacity * 100)}
              onChange={(value) => imagery.set({ opacity: value / 100 })}
              min={10}
              max={100}
              step={5}
              label={(value) => `${value} %`}
              thumbLabel={t("imagery.opacity")}
              data-testid="imagery-opacity"
            />
          </div>
        </>
      )}
      {mode !== "swipe" && (
        <>
          {(scenes.length > 6 || sensorsOf(scenes).length > 1) && (
            <NativeSelect
              label={t("imagery.sensor")}
              value={sensor}
              onChange={(event) => setSensor(event.currentTarget.value)}
              data={[
                { value: "", label: t("imagery.allSensors") },
                ...sensorsOf(scenes).map((value) => ({ value, label: sensorName(value) })),
              ]}
              data-testid="imagery-sensor"
            />
          )}
          <Checkbox
            label={t("imagery.here")}
            checked={here}
            onChange={(event) => setHere(event.currentTarget.checked)}
            data-testid="imagery-here"
          />
          <SceneList scenes={wanted} />
          <Text c="dimmed" aria-live="polite">
            {wanted.length
              ? t("imagery.count", { shown: wanted.length, all: scenes.length })
              : t("imagery.noneHere")}
          </Text>
        </>
      )}
      {scene && (
        <Button
          variant="default"
          onClick={() => imagery.set({ scene: null, before: null, mode: "single" })}
          data-testid="imagery-off"
        >
          {t("imagery.off")}
        </Button>
      )}
    </>
  );
}

/** Changing the way of looking keeps what is shown, and finds what else it needs. */
function setMode(mode: Mode, scenes: readonly Scene[]): void {
  const { scene, before } = imagery.get();
  const shown = scenes.find(({ id }) => id === scene) ?? byDate(scenes).at(-1);
  const other = before ?? (shown && earlierThan(shown, scenes)?.id) ?? null;
  lapse.set({ playing: false });
  imagery.set({ mode, scene: shown?.id ?? null, ...(mode === "swipe" ? { before: other } : {}) });
}

/** The two dates of a comparison. */
function Pair({ scenes }: { scenes: readonly Scene[] }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { scene, before } = useImagery((value) => value);
  const options = [
    { value: "", label: t("imagery.choose") },
    ...byDate(scenes).map((one) => ({ value: one.id, label: optionOf(one, lang) })),
  ];
  return (
    <>
      <NativeSelect
        label={t("imagery.before")}
        value={before ?? ""}
        onChange={(event) => imagery.set({ before: event.currentTarget.value || null })}
        data={options}
        data-testid="imagery-before"
      />
      <NativeSelect
        label={t("imagery.after")}
        value={scene ?? ""}
        onChange={(event) => imagery.set({ scene: event.currentTarget.value || null })}
        data={options}
        data-testid="imagery-after"
      />
      {!(scene && before) && <Text c="dimmed">{t("imagery.needTwo")}</Text>}
    </>
  );
}
