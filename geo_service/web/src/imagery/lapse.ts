/** The time lapse: whether it runs, how fast, and which pictures are in it. */
import { useEffect, useMemo, useState } from "react";
import { useScenes } from "../api/imageryQueries";
import type { Bounds } from "../api/types";
import { useMap } from "../map/context";
import { createStore, useStore } from "../state/store";
import type { Scene } from "../api/imagery";
import { framesOf } from "./scenes";
import { imagery, useImagery } from "./view";

export const SPEEDS = [0.5, 1, 2, 4] as const;

const store = createStore<{ playing: boolean; seconds: number }>({ playing: false, seconds: 1 });
export const lapse = { ...store, use: () => useStore(store, (value) => value) };

/** Bounds of what is on the screen, followed while the map moves. */
export function useSeen(): Bounds {
  const { map } = useMap();
  const [seen, setSeen] = useState<Bounds>(() => map.getBounds().toArray().flat() as Bounds);
  useEffect(() => {
    const look = () => setSeen(map.getBounds().toArray().flat() as Bounds);
    map.on("moveend", look);
    return () => {
      map.off("moveend", look);
    };
  }, [map]);
  return seen;
}

/** The pictures of the time lapse: those of the shown one's sensor over what is on the screen, oldest first. */
export function useFrames(): Scene[] {
  const mode = useImagery((v) => v.mode);
  const scene = useImagery((v) => v.scene);
  const scenes = useScenes(true).data?.items;
  const seen = useSeen();
  const sensor = scenes?.find(({ id }) => id === scene)?.sensor ?? null;
  return useMemo(
    () => (mode === "lapse" && scenes ? framesOf(scenes, seen, sensor) : []),
    [mode, scenes, seen, sensor],
  );
}

/** One step; from the last picture on to the first. */
export function step(frames: readonly Scene[], by: 1 | -1): void {
  const place = frames.findIndex(({ id }) => id === imagery.get().scene);
  const next = frames[(Math.max(0, place) + by + frames.length) % frames.length];
  if (next) imagery.set({ scene: next.id });
}
