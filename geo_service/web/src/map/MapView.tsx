import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useUnits } from "../api/queries";
import type { LandUse, MapInfo } from "../api/types";
import { connectAddress, useView, view } from "../state/view";
import { MapContext } from "./context";
import { MapController } from "./controller";
import { loadMapFonts } from "./fonts";
import classes from "./MapView.module.css";

interface Props {
  info: MapInfo;
  landUse: readonly LandUse[];
  children: ReactNode;
}

/** Makes the map once and gives it to everything inside. */
export function MapView({ info, landUse, children }: Props) {
  const { t } = useTranslation();
  const container = useRef<HTMLDivElement>(null);
  const [controller, setController] = useState<MapController | null>(null);
  const first = useRef({ info, landUse });

  useEffect(() => {
    let gone = false;
    // a function, because it changes while a promise is waited for
    const isGone = () => gone;
    let made: MapController | null = null;
    let disconnect: (() => void) | undefined;
    void loadMapFonts().then(async () => {
      if (isGone() || !container.current) return;
      // a link into a future that has not happened shows the present
      if ((view.get().at ?? 0) > first.current.info.seq) view.set({ at: null });
      const { camera, at } = view.get();
      made = new MapController({ container: container.current, camera, at, ...first.current });
      await made.ready();
      if (isGone()) return;
      const map = made;
      map.map.on("moveend", () => view.set({ camera: map.camera() }));
      disconnect = connectAddress(({ lon, lat, zoom }) => map.map.jumpTo({ center: [lon, lat], zoom }));
      setController(map);
    });
    return () => {
      gone = true;
      disconnect?.();
      made?.destroy();
    };
  }, []);

  return (
    <>
      <section ref={container} className={classes.map} aria-label={t("map.label")} data-testid="map" />
      {controller && (
        <MapContext value={controller}>
          <UnitNames controller={controller} />
          <PastState controller={controller} />
          {children}
        </MapContext>
      )}
    </>
  );
}

function UnitNames({ controller }: { controller: MapController }) {
  const units = useUnits();
  const lang = useView((v) => v.lang);
  useEffect(() => {
    if (units.data) controller.showUnits(units.data.items, lang);
  }, [controller, units.data, lang]);
  return null;
}

function PastState({ controller }: { controller: MapController }) {
  const at = useView((v) => v.at);
  useEffect(() => controller.setAt(at), [controller, at]);
  return null;
}
