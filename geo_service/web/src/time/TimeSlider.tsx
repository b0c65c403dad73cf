import { ActionIcon, Group, Loader, Slider, Text } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useTimeline } from "../api/queries";
import { dateTime, integer } from "../format";
import { useView, view } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Time.module.css";
import { markOf, seqOf } from "./timeline";

/** Any past state of the map: one step a change (thinned by the service when there are very many). */
export function TimeSlider({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const at = useView((v) => v.at);
  const timeline = useTimeline(true);
  const marks = timeline.data?.items ?? [];
  const [index, setIndex] = useState(0);
  const last = Math.max(0, marks.length - 1);

  useEffect(() => {
    if (timeline.data) setIndex(markOf(timeline.data.items, at));
  }, [timeline.data, at]);

  const show = useDebouncedCallback((next: number) => view.set({ at: seqOf(marks, next) }), 180);
  const go = (next: number) => {
    const inside = Math.min(last, Math.max(0, next));
    setIndex(inside);
    show(inside);
  };
  const mark = marks[index];
  const caption = mark ? `${dateTime(mark.at)} · ${t("live.seq")} ${integer(mark.seq, lang)}` : "";

  return (
    <section className={classes.slider} aria-label={t("time.label")} data-testid="time-panel">
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text fw={600}>{t("time.title")}</Text>
        <Text data-testid="time-caption" className={classes.caption}>
          {index >= last ? t("time.now") : caption}
        </Text>
        <ActionIcon variant="subtle" color="gray" onClick={onClose} aria-label={t("close")}>
          <Icon name="close" />
        </ActionIcon>
      </Group>
      {timeline.isPending ? (
        <Loader size="sm" />
      ) : (
        <Group wrap="nowrap" gap="xs">
          <ActionIcon
            variant="light"
            size="lg"
            onClick={() => go(index - 1)}
            disabled={index <= 0}
            aria-label={t("time.earlier")}
            data-testid="time-earlier"
          >
            <Icon name="left" />
          </ActionIcon>
          <Slider
            className={classes.track}
            min={0}
            max={Math.max(1, last)}
            value={index}
            onChange={go}
            disabled={last === 0}
            label={(value) => {
              const hovered = marks[value];
              return hovered ? dateTime(hovered.at) : "";
            }}
            thumbLabel={t("time.label")}
            thumbProps={{ "aria-valuetext": caption }}
            data-testid="time-slider"
          />
          <ActionIcon
            variant="light"
            size="lg"
            onClick={() => go(index + 1)}
            disabled={index >= last}
            aria-label={t("time.later")}
            data-testid="time-later"
          >
            <Icon name="right" />
          </ActionIcon>
        </Group>
      )}
    </section>
  );
}
