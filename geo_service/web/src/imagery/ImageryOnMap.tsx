import "../i18n/imagery";
import { useEffect, useMemo, useRef, useState } from "react";
import { useLooks, useScenes } from "../api/imageryQueries";
import { useMap } from "../map/context";
import { lapse, useFrames } from "./lapse";
import { SceneLayers, type Side } from "./layers";
import { shownAs } from "./look";
import { SwipeHandle } from "./SwipeHandle";
import { connectImagery, imagery, useImagery } from "./view";

/** Seconds a time lapse waits for the next picture before it goes on without all of it. */
const PATIENCE = 8;

/** The scenes that are switched on, under the parcels. */
export default function ImageryOnMap() {
  const controller = useMap();
  const { mode, scene, before, look, opacity } = useImagery((value) => value);
  const scenes = useScenes(true).data?.items;
  const frames = useFrames();
  const { playing, seconds } = lapse.use();
  const [layers, setLayers] = useState<SceneLayers | null>(null);
  const place = frames.findIndex(({ id }) => id === scene);
  const coming = mode === "lapse" && place >= 0 ? (frames[(place + 1) % frames.length]?.id ?? null) : null;

  const main = useLooks(scene).data;
  const other = useLooks(mode === "swipe" ? before : null).data;
  const next = useLooks(coming !== scene ? coming : null).data;

  useEffect(connectImagery, []);
  useEffect(() => {
    const made = new SceneLayers(controller.map, () => imagery.get().at);
    setLayers(made);
    return () => made.destroy();
  }, [controller]);

  const shown = useMemo(() => {
    if (!main) return [];
    const side = (which: Side) => (mode === "swipe" && other ? which : null);
    return [
      shownAs(main, look, opacity, side("right")),
      ...(mode === "swipe" && other ? [shownAs(other, look, opacity, "left")] : []),
      ...(next ? [shownAs(next, look, 0, null)] : []),
    ];
  }, [main, other, next, look, opacity, mode]);
  useEffect(() => layers?.show(shown), [layers, shown]);

  // one who moves the handle sees it in the next frame
  useEffect(() => imagery.subscribe(() => controller.map.triggerRepaint()), [controller]);

  // a scene that is gone is switched off
  const known = scenes?.some(({ id }) => id === scene);
  useEffect(() => {
    if (scene && known === false) imagery.set({ scene: null, mode: "single" });
  }, [scene, known]);

  const upcoming = useRef(shown);
  upcoming.current = shown;
  useEffect(() => {
    if (!playing || mode !== "lapse" || !layers || !coming || coming === scene) return;
    let over = false;
    const wait = new Promise((resolve) => window.setTimeout(resolve, seconds * 1000));
    const fetched = () => {
      const one = upcoming.current.find((candidate) => candidate.scene === coming);
      return one ? layers.loaded(one, PATIENCE) : Promise.resolve();
    };
    void wait.then(fetched).then(() => {
      if (!over) imagery.set({ scene: coming });
    });
    return () => {
      over = true;
    };
  }, [playing, mode, layers, coming, scene, seconds]);

  return mode === "swipe" && main && other ? <SwipeHandle /> : null;
}
