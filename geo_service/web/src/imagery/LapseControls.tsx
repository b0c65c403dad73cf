import { ActionIcon, NativeSelect, Slider, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { day } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Imagery.module.css";
import { lapse, SPEEDS, step, useFrames } from "./lapse";
import { imagery, useImagery } from "./view";

/** Play, step, speed; the slider goes to any date. */
export function LapseControls() {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const scene = useImagery((v) => v.scene);
  const frames = useFrames();
  const { playing, seconds } = lapse.use();
  const place = frames.findIndex(({ id }) => id === scene);
  const shown = frames[place];
  if (frames.length < 2) return <Text c="dimmed">{t("imagery.oneFrame")}</Text>;
  const caption = shown
    ? t("imagery.frame", { date: day(shown.datetime), n: place + 1, all: frames.length })
    : "";
  const go = (by: 1 | -1) => {
    lapse.set({ playing: false });
    step(frames, by);
  };
  const number = new Intl.NumberFormat(lang === "vi" ? "vi-VN" : "en-GB");
  return (
    <div role="group" aria-label={t("imagery.lapse")} data-testid="lapse">
      <div className={classes.transport}>
        <ActionIcon
          variant="light"
          size="lg"
          onClick={() => go(-1)}
          aria-label={t("imagery.previous")}
          data-testid="lapse-previous"
        >
          <Icon name="left" />
        </ActionIcon>
        <ActionIcon
          size="lg"
          onClick={() => lapse.set({ playing: !playing })}
          aria-label={playing ? t("imagery.pause") : t("imagery.play")}
          data-testid="lapse-play"
        >
          <Icon name={playing ? "pause" : "play"} />
        </ActionIcon>
        <ActionIcon
          variant="light"
          size="lg"
          onClick={() => go(1)}
          aria-label={t("imagery.next")}
          data-testid="lapse-next"
        >
          <Icon name="right" />
        </ActionIcon>
        <b data-testid="lapse-caption" aria-live={playing ? "off" : "polite"}>
          {caption}
        </b>
        <NativeSelect
          className={classes.grow}
          aria-label={t("imagery.speed")}
          value={String(seconds)}
          onChange={(event) => lapse.set({ seconds: Number(event.currentTarget.value) })}
          data={SPEEDS.map((n) => ({
            value: String(n),
            label: t("imagery.seconds", { n: number.format(n) }),
          }))}
          data-testid="lapse-speed"
        />
      </div>
      <Slider
        mt="xs"
        min={0}
        max={frames.length - 1}
        value={Math.max(0, place)}
        onChange={(value) => {
          lapse.set({ playing: false });
          const chosen = frames[value];
          if (chosen) imagery.set({ scene: chosen.id });
        }}
        label={(value) => (frames[value] ? day(frames[value].datetime) : "")}
        thumbLabel={t("imagery.lapse")}
        thumbProps={{ "aria-valuetext": caption }}
        data-testid="lapse-slider"
      />
    </div>
  );
}
