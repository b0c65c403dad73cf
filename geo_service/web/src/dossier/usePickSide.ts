import type { MapMouseEvent } from "maplibre-gl";
import { useEffect } from "react";
import { degreeMetres } from "../editing/geometry";
import { useMap } from "../map/context";
import { picking } from "../map/picking";
import { nearestSide, type Side } from "./sides";

/** A finger is this wide on the screen, in pixels. */
const FINGER = 22;

/** While it is used, a click on the map picks one of the sides; the chosen one and the one under the pointer are drawn. */
export function usePickSide(sides: readonly Side[], chosen: Side | null, onPick: (side: Side) => void): void {
  const controller = useMap();

  useEffect(() => {
    const { map } = controller;
    const under = ({ lngLat, point }: MapMouseEvent): Side | null => {
      const beside = map.unproject([point.x + FINGER, point.y]);
      const [mx] = degreeMetres(lngLat.lat);
      return nearestSide(sides, [lngLat.lng, lngLat.lat], Math.abs(beside.lng - lngLat.lng) * mx);
    };
    const draw = (side: Side | null) =>
      void controller.draw("side", side ? { type: "LineString", coordinates: side.line } : null);
    const onMove = (event: MapMouseEvent) => {
      const side = under(event);
      map.getCanvas().style.cursor = side ? "pointer" : "crosshair";
      draw(side ?? chosen);
    };
    const onClick = (event: MapMouseEvent) => {
      const side = under(event);
      if (side) onPick(side);
    };
    draw(chosen);
    picking.set({ on: true });
    map.on("mousemove", onMove);
    map.on("click", onClick);
    return () => {
      picking.set({ on: false });
      map.off("mousemove", onMove);
      map.off("click", onClick);
      map.getCanvas().style.cursor = "";
      draw(null);
    };
  }, [controller, sides, chosen, onPick]);
}
