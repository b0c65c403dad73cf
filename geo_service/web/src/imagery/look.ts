import type { Look, Looks } from "../api/imagery";
import type { Shown, Side } from "./layers";

/** The look with this name; a scene that lacks it is drawn as its first, the natural one. */
export const lookOf = (looks: Looks, name: string): Look | undefined =>
  looks.looks.find((one) => one.name === name) ?? looks.looks[0];

export function shownAs(looks: Looks, look: string, opacity: number, side: Side): Shown {
  return {
    scene: looks.scene,
    tiles: `${looks.tiles}${lookOf(looks, look)?.name ?? "natural"}`,
    bounds: looks.bounds,
    minzoom: looks.min_zoom,
    maxzoom: looks.max_zoom,
    opacity,
    side,
  };
}
