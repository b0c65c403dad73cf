import type { MapMouseEvent } from "maplibre-gl";
import { useEffect, useRef } from "react";
import type { LonLat, ParcelRef } from "../api/types";
import { useMap } from "../map/context";
import type { MapController } from "../map/controller";
import { useEditing } from "./context";
import { drawSketch } from "./drawing";
import { degreeMetres, type SnapFace, type SnapMode, type Snapped, snap } from "./geometry";
import { accept, type Sketch, toIntent, wants } from "./sketch";

const SNAP_PIXELS = 14;
const TOUCH_PIXELS = 26;

function metresPerPixel(controller: MapController, lat: number): number {
  return (degreeMetres(lat)[0] * 360) / (512 * 2 ** controller.map.getZoom());
}

/** What a click would hit now: the mode of snapping follows from what the tool asks for. */
function find(
  controller: MapController,
  sketch: Sketch,
  faces: readonly SnapFace[],
  lonlat: LonLat,
  on: boolean,
  pixels: number,
): Snapped {
  const want = wants(sketch);
  const byWant: Partial<Record<typeof want, SnapMode>> = {
    vertex: "vertex",
    end_vertex: "vertex",
    side: "edge",
    edge: "edge",
    point: on ? "any" : "free",
  };
  const reach = want === "side" ? pixels * 3 : pixels;
  return snap({
    lonlat,
    faces,
    mode: byWant[want] ?? "free",
    tolerance: reach * metresPerPixel(controller, lonlat[1]),
    face: want === "side" ? sketch.parcels[0]?.id : undefined,
  });
}

/** The face under the pointer; pieces made by this draft lie above the map. */
function parcelAt(controller: MapController, point: { x: number; y: number }): ParcelRef | null {
  const made = controller.map.queryRenderedFeatures([point.x, point.y], { layers: ["preview-fill"] })[0];
  if (made) return { id: Number(made.properties.id), label: String(made.properties.label ?? "") };
  const face = controller.faceAt(point);
  return face && { id: face.id, code: face.code, label: face.label };
}

/** Joins the tool in use to the pointer: snap marker, rubber line, clicks. Draws nothing by itself. */
export function SketchOnMap() {
  const controller = useMap();
  const editing = useEditing();
  const current = useRef(editing);
  current.current = editing;
  const sketch = editing.state.sketch;
  const active = sketch !== null;

  useEffect(() => {
    if (!active) return;
    const { map } = controller;
    const canvas = map.getCanvas();
    map.doubleClickZoom.disable();
    canvas.style.cursor = "crosshair";

    const onMove = (event: MapMouseEvent) => {
      const { state, faces, snapping, loadFace, pointer } = current.current;
      if (!state.sketch) return;
      const under = controller.faceAt(event.point);
      if (under) void loadFace(under.id);
      const free: LonLat = [event.lngLat.lng, event.lngLat.lat];
      const found = find(
        controller,
        state.sketch,
        faces,
        free,
        snapping !== event.originalEvent.altKey,
        SNAP_PIXELS,
      );
      pointer.current = found.lonlat;
      const wanted = wants(state.sketch);
      showSnap(controller, wanted === "form" || wanted.includes("parcel") ? null : found);
      void controller.draw(
        "sketch",
        drawSketch(state.sketch, faces, wanted === "point" ? found.lonlat : null),
      );
    };
    const click = async (event: MapMouseEvent) => {
      const { loadFace, snapping } = current.current;
      const parcel = parcelAt(controller, event.point);
      const under = controller.faceAt(event.point);
      if (under) await loadFace(under.id);
      const { state, faces, advance } = current.current;
      if (!state.sketch) return;
      const touch = !window.matchMedia("(hover: hover)").matches;
      const free: LonLat = [event.lngLat.lng, event.lngLat.lat];
      const on = snapping !== event.originalEvent.altKey;
      const found = find(controller, state.sketch, faces, free, on, touch ? TOUCH_PIXELS : SNAP_PIXELS);
      const { edge, ...point } = found;
      const next = accept(state.sketch, { point, edge, parcel, faces });
      if (touch) showSnap(controller, null);
      if (next !== state.sketch) advance(next);
    };
    const onClick = (event: MapMouseEvent) => void click(event);
    const onDoubleClick = () => {
      const { state, dispatch, advance } = current.current;
      if (!state.sketch) return;
      const intent = toIntent(state.sketch);
      if (state.sketch.tool === "transfer") advance({ ...state.sketch, lineDone: true });
      else if (intent && wants(state.sketch) === "point") dispatch({ type: "finish", intent });
    };
    map.on("mousemove", onMove);
    map.on("click", onClick);
    map.on("dblclick", onDoubleClick);
    return () => {
      map.off("mousemove", onMove);
      map.off("click", onClick);
      map.off("dblclick", onDoubleClick);
      map.doubleClickZoom.enable();
      canvas.style.cursor = "";
      current.current.pointer.current = null;
      showSnap(controller, null);
      void controller.draw("sketch", null);
    };
  }, [active, controller]);

  const { faces, pointer } = editing;
  useEffect(() => {
    const next = sketch && wants(sketch) === "point" ? pointer.current : null;
    void controller.draw("sketch", sketch && drawSketch(sketch, faces, next));
  }, [controller, sketch, faces, pointer]);
  return null;
}

function showSnap(controller: MapController, found: Snapped | null): void {
  if (!found) return void controller.draw("snap", null);
  const marker = {
    type: "Feature" as const,
    geometry: { type: "Point" as const, coordinates: found.lonlat },
    properties: { snap: found.snap },
  };
  const edge = found.edge && {
    type: "Feature" as const,
    geometry: { type: "LineString" as const, coordinates: found.edge.map(({ lonlat }) => lonlat) },
    properties: {},
  };
  void controller.draw("snap", { type: "FeatureCollection", features: edge ? [edge, marker] : [marker] });
}
