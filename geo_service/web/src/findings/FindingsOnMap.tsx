import type { ExpressionSpecification, MapLayerMouseEvent, VectorTileSource } from "maplibre-gl";
import { useEffect, useRef } from "react";
import { asked, type Finding, type FindingBrief, type FindingFilter, STATES } from "../api/findings";
import type { Bounds } from "../api/types";
import { DOSSIER_PANEL } from "../dossier/DossierOnMap";
import { useMap } from "../map/context";
import { openFinding } from "../state/view";
import { STATE_INK } from "./words";

const SOURCE = "findings";
const LAYERS = ["finding-fill", "finding-line", "finding-place", "finding-chosen"] as const;
const CLICKED = ["finding-fill", "finding-place"] as const;

const INK: ExpressionSpecification = [
  "match",
  ["get", "state"],
  ...STATES.flatMap((state) => [state, STATE_INK[state]]),
  STATE_INK.open,
] as unknown as ExpressionSpecification;

function address(filter: FindingFilter, version: number): string {
  const search = new URLSearchParams({ v: String(version) });
  for (const [name, value] of Object.entries(asked(filter))) if (value) search.set(name, value);
  return `${location.origin}/tiles/findings/{z}/{x}/{y}.mvt?${search}`;
}

interface Props {
  filter: FindingFilter;
  /** grows with every change, so that tiles are asked for anew */
  version: number;
  chosen: string | null;
  items: readonly FindingBrief[];
}

/** The findings of the list over the parcels; a click opens one. */
export function FindingsOnMap({ filter, version, chosen, items }: Props) {
  const controller = useMap();
  const url = address(filter, version);
  const first = useRef(url);
  const fitted = useRef(false);

  useEffect(() => {
    const { map } = controller;
    map.addSource(SOURCE, { type: "vector", tiles: [first.current], minzoom: 5, maxzoom: 16 });
    const layer = { source: SOURCE, "source-layer": "findings" };
    map.addLayer({
      ...layer,
      id: "finding-fill",
      type: "fill",
      paint: { "fill-color": INK, "fill-opacity": 0.28 },
    });
    map.addLayer({
      ...layer,
      id: "finding-line",
      type: "line",
      paint: { "line-color": INK, "line-width": 2 },
    });
    map.addLayer({
      id: "finding-place",
      type: "circle",
      source: SOURCE,
      "source-layer": "places",
      maxzoom: 17,
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 3.5, 16, 7],
        "circle-color": INK,
        "circle-stroke-color": "#fff",
        "circle-stroke-width": 1.5,
      },
    });
    map.addLayer({
      id: "finding-chosen",
      type: "circle",
      source: SOURCE,
      "source-layer": "places",
      maxzoom: 17,
      filter: ["==", ["get", "id"], ""],
      paint: {
        "circle-radius": 15,
        "circle-color": "rgba(0,0,0,0)",
        "circle-stroke-color": "#b42318",
        "circle-stroke-width": 3,
      },
    });
    const onClick = (event: MapLayerMouseEvent) => {
      const id: unknown = event.features?.[0]?.properties.id;
      if (typeof id === "string") openFinding(id);
    };
    for (const id of CLICKED) map.on("click", id, onClick);
    return () => {
      for (const id of CLICKED) map.off("click", id, onClick);
      for (const id of LAYERS) if (map.getLayer(id)) map.removeLayer(id);
      if (map.getSource(SOURCE)) map.removeSource(SOURCE);
    };
  }, [controller]);

  useEffect(() => {
    if (url === first.current) return;
    first.current = url;
    controller.map.getSource<VectorTileSource>(SOURCE)?.setTiles([url]);
  }, [controller, url]);

  useEffect(() => {
    if (controller.map.getLayer("finding-chosen"))
      controller.map.setFilter("finding-chosen", ["==", ["get", "id"], chosen ?? ""]);
  }, [controller, chosen]);

  useEffect(() => {
    if (fitted.current || chosen !== null || !items.length) return;
    fitted.current = true;
    controller.fly({ bounds: around(items.map(({ bounds }) => bounds)) }, DOSSIER_PANEL);
  }, [controller, items, chosen]);
  return null;
}

/** One finding: outlined, and with its neighbourhood in view. */
export function FindingOnMap({ finding: { id, geometry, bounds } }: { finding: Finding }) {
  const controller = useMap();
  const shown = useRef<string | null>(null);
  useEffect(() => {
    void controller.draw("chosen", geometry);
    if (shown.current !== id) controller.fly({ bounds: widened(bounds, 1.5) }, DOSSIER_PANEL);
    shown.current = id;
    return () => void controller.draw("chosen", null);
  }, [controller, id, geometry, bounds]);
  return null;
}

function around(all: readonly Bounds[]): Bounds {
  return all.reduce((a, b) => [
    Math.min(a[0], b[0]),
    Math.min(a[1], b[1]),
    Math.max(a[2], b[2]),
    Math.max(a[3], b[3]),
  ]);
}

/** The same middle, with this many lengths of it more on every side, and at least some thirty metres. */
function widened([west, south, east, north]: Bounds, by: number): Bounds {
  const [dx, dy] = [Math.max((east - west) * by, 3e-4), Math.max((north - south) * by, 3e-4)];
  return [west - dx, south - dy, east + dx, north + dy];
}
