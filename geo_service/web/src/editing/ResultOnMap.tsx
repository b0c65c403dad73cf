import type { FeatureCollection } from "geojson";
import { useEffect, useMemo } from "react";
import { useReviewed } from "../approvals/reviewed";
import { area } from "../format";
import { useMap } from "../map/context";
import { LEFT_PANEL } from "../map/controller";
import { selectParcel, useView } from "../state/view";
import { useEditing } from "./context";
import { boundsOf, brokenPlaces, changedEdges } from "./drawing";

/** Draws what the service answered: the preview, the refused segments. */
export function ResultOnMap() {
  const controller = useMap();
  const { state } = useEditing();
  const lang = useView((v) => v.lang);
  const { problem, phase, result } = state;
  // somebody else's draft under review lies over one's own work
  const reviewed = useReviewed();
  const preview = reviewed ?? state.preview;
  const rules = preview?.rules ?? (phase === "refused" ? problem?.rules : undefined);
  const segments = useMemo(
    () => (phase === "refused" && problem?.segments ? problem.segments : brokenPlaces(rules)),
    [phase, problem, rules],
  );

  useEffect(() => {
    if (!preview) {
      void controller.draw("preview", null);
      void controller.draw("preview-edges", null);
      return;
    }
    const features = preview.created.features.map((feature) => {
      const { label, area_m2, id } = feature.properties;
      const caption = `${label || (id < 0 ? `(${-id})` : `#${id}`)}\n${area(area_m2, lang)}`;
      return { ...feature, properties: { ...feature.properties, rings: undefined, caption } };
    });
    void controller.draw("preview", { type: "FeatureCollection", features });
    void controller.draw("preview-edges", changedEdges(preview));
  }, [controller, preview, lang]);

  useEffect(() => {
    void controller.draw("refusal", segments);
  }, [controller, segments]);

  const refused = phase === "refused" ? problem?.segments : undefined;
  useEffect(() => {
    const bounds = boundsOf(refused);
    if (bounds) controller.fly({ bounds }, LEFT_PANEL);
  }, [controller, refused]);

  useEffect(() => {
    const made = result?.parcels.find((parcel) => parcel.new) ?? result?.parcels[0];
    if (made) selectParcel(made.code ?? made.id);
  }, [result]);

  const chosen = state.sketch?.parcels;
  const { faces } = useEditing();
  useEffect(() => {
    const ids = new Set(chosen?.map(({ id }) => id));
    const features = faces
      .filter(({ id }) => ids.has(id))
      .map(({ rings }) => ({
        type: "Feature" as const,
        geometry: {
          type: "Polygon" as const,
          coordinates: rings.map((ring) => [...ring, ...ring.slice(0, 1)].map(({ lonlat }) => lonlat)),
        },
        properties: {},
      }));
    const collection: FeatureCollection = { type: "FeatureCollection", features };
    void controller.draw("chosen", collection);
  }, [controller, chosen, faces]);
  return null;
}
