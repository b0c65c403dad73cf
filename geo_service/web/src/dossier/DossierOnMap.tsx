import type { Feature, FeatureCollection } from "geojson";
import { useEffect, useRef } from "react";
import { useDossierMap } from "../api/dossierQueries";
import type { Dossier, DossierMap, Remark } from "../api/dossierTypes";
import { boundsOf } from "../editing/drawing";
import { useMap } from "../map/context";
import { useShownRemark } from "./remarked";

/** What the panel covers at the left, for `fly`. */
export const DOSSIER_PANEL = -530;

/** Draws the parcels of the dossier and the remarks, and brings the map there once. */
export function DossierOnMap({ dossier }: { dossier: Dossier }) {
  const controller = useMap();
  const map = useDossierMap(dossier.id).data;
  const shown = useShownRemark();
  const seen = useRef<string | null>(null);

  useEffect(() => {
    void controller.draw("dossier", map ? outlines(map) : null);
    const bounds = map && (boundsOf(map.now) ?? boundsOf(map.then));
    if (!bounds || seen.current === dossier.id) return;
    seen.current = dossier.id;
    controller.fly({ bounds }, DOSSIER_PANEL);
  }, [controller, map, dossier.id]);

  const { remarks } = dossier;
  useEffect(() => {
    void controller.draw("remarks", markers(remarks, shown));
  }, [controller, remarks, shown]);

  useEffect(
    () => () => {
      void controller.draw("dossier", null);
      void controller.draw("remarks", null);
    },
    [controller],
  );
  return null;
}

/** Today's parcels, and dashed those that are no longer there. */
function outlines({ then, now }: DossierMap): FeatureCollection {
  const today = new Set(now.features.map(({ properties }) => properties.id));
  const gone = then.features.filter(({ properties }) => !today.has(properties.id));
  const drawn = (features: DossierMap["now"]["features"], role?: string): Feature[] =>
    features.map(({ geometry, properties }) => ({
      type: "Feature",
      geometry,
      properties: { role: role ?? properties.role },
    }));
  return { type: "FeatureCollection", features: [...drawn(gone, "then"), ...drawn(now.features)] };
}

function markers(remarks: readonly Remark[], shown: number | null): FeatureCollection {
  const features = remarks.flatMap(({ id, line, resolved_at }, index): Feature[] => {
    const [a, b] = line ?? [];
    if (!a || !b) return [];
    const properties = { number: String(index + 1), resolved: resolved_at !== null, shown: id === shown };
    return [
      { type: "Feature", geometry: { type: "LineString", coordinates: [a, b] }, properties },
      {
        type: "Feature",
        geometry: { type: "Point", coordinates: [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] },
        properties,
      },
    ];
  });
  return { type: "FeatureCollection", features };
}
