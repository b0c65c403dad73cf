import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useScenes } from "../api/imageryQueries";
import { day } from "../format";
import { Icon } from "../ui/icons";
import classes from "./Imagery.module.css";
import { imagery, useImagery } from "./view";

const STEP = 0.02;
const LEAP = 0.1;

/** The line between two dates: moved by mouse, finger or arrow keys. */
export function SwipeHandle() {
  const { t } = useTranslation();
  const at = useImagery((v) => v.at);
  const scene = useImagery((v) => v.scene);
  const before = useImagery((v) => v.before);
  const scenes = useScenes(true).data?.items ?? [];
  const area = useRef<HTMLDivElement>(null);
  const dateOf = (id: string | null) => {
    const found = scenes.find((one) => one.id === id);
    return found ? day(found.datetime) : "";
  };

  const move = (share: number) => imagery.set({ at: Math.min(1, Math.max(0, share)) });
  const onPointer = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = area.current?.getBoundingClientRect();
    if (box) move((event.clientX - box.left) / box.width);
  };
  const onKey = (event: KeyboardEvent) => {
    const by = event.shiftKey ? LEAP : STEP;
    const wanted: Record<string, number> = {
      ArrowLeft: at - by,
      ArrowDown: at - by,
      ArrowRight: at + by,
      ArrowUp: at + by,
      PageDown: at - LEAP,
      PageUp: at + LEAP,
      Home: 0,
      End: 1,
    };
    const share = wanted[event.key];
    if (share === undefined) return;
    event.preventDefault();
    move(share);
  };
  const percent = Math.round(at * 100);
  return (
    <div className={classes.swipe} ref={area} data-testid="swipe">
      <div className={classes.line} style={{ left: `${at * 100}%` }}>
        <span className={classes.date} data-side="left" data-testid="swipe-before">
          {dateOf(before)}
        </span>
        <span className={classes.date} data-side="right" data-testid="swipe-after">
          {dateOf(scene)}
        </span>
        <div
          className={classes.handle}
          role="slider"
          tabIndex={0}
          aria-label={t("imagery.handle")}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent}
          aria-valuetext={t("imagery.handleAt", { n: percent, before: dateOf(before), after: dateOf(scene) })}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            event.currentTarget.focus();
          }}
          onPointerMove={onPointer}
          onKeyDown={onKey}
          data-testid="swipe-handle"
        >
          <Icon name="left" />
          <Icon name="right" />
        </div>
      </div>
    </div>
  );
}
