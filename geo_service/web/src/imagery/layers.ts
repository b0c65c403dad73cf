/**
 * Scenes under the parcels. Two dates side by side are two raster layers of one map, each drawn into its own half of the canvas: a layer of our
 * own before it narrows what WebGL may paint (scissor), one behind both lifts that again. So there is one camera, nothing to keep in step, and the
 * parcels over both halves are the same.
 */
import type { CustomLayerInterface, Map as MapLibre, RasterTileSource } from "maplibre-gl";
import type { Bounds } from "../api/types";

export type Side = "left" | "right" | null;

export interface Shown {
  /** id of the scene */
  scene: string;
  /** template of its tiles, from the root of the site */
  tiles: string;
  bounds: Bounds;
  /** where a tile's pixel is as fine as the scene's; finer ones are enlarged here */
  maxzoom: number;
  minzoom: number;
  /** 0: only fetched, to be there when its turn comes */
  opacity: number;
  side: Side;
}

const PREFIX = "scene:";
const CLIPS = ["scene-clip:right", "scene-clip:left", "scene-clip:end"] as const;
const BELOW = "faces-fill";
const CASING = "scene-casing";

type Paint = Parameters<MapLibre["setPaintProperty"]>[1];
type Value = Parameters<MapLibre["setPaintProperty"]>[2];

/** How parcels are drawn over a picture: no fill, white lines with a dark edge, letters with a strong halo. */
const OVER_PICTURE: readonly [layer: string, property: Paint, value: Value][] = [
  ...["faces", "delta", "live"].flatMap((prefix): [string, Paint, Value][] => [
    [`${prefix}-fill`, "fill-opacity", 0],
    [`${prefix}-hatch`, "fill-opacity", 0.55],
    [`${prefix}-boundary`, "line-color", "#ffffff"],
    [
      `${prefix}-boundary`,
      "line-width",
      ["interpolate", ["linear"], ["zoom"], 14, 0.4, 16, 0.9, 18, 1.5, 20, 2.2],
    ],
  ]),
  ["faces-label", "text-halo-color", "rgba(255,255,255,0.95)"],
  ["faces-label", "text-halo-width", 1.9],
  ["live-label", "text-halo-color", "rgba(255,255,255,0.95)"],
  ["live-label", "text-halo-width", 1.9],
];

export const keyOf = ({ scene, tiles }: Pick<Shown, "scene" | "tiles">) => `${PREFIX}${scene}:${tiles}`;

export class SceneLayers {
  #map: MapLibre;
  #at: () => number;
  #shown: readonly Shown[] = [];
  /** how the parcels were drawn before */
  #before: [layer: string, property: Paint, value: Value][] | null = null;

  /** `at`: the share of the map left of the handle, asked at every frame. */
  constructor(map: MapLibre, at: () => number) {
    this.#map = map;
    this.#at = at;
  }

  /** Shows these and no others, the first one lowest. */
  show(wanted: readonly Shown[]): void {
    const map = this.#map;
    const keys = new Set(wanted.map(keyOf));
    for (const gone of this.#shown.filter((one) => !keys.has(keyOf(one)))) this.#remove(keyOf(gone));
    for (const one of wanted) if (!map.getSource(keyOf(one))) this.#add(one);
    const split = wanted.some(({ side }) => side !== null);
    this.#clips(split);
    this.#order(wanted, split);
    for (const one of wanted) map.setPaintProperty(keyOf(one), "raster-opacity", one.opacity);
    this.#shown = wanted;
    this.#overPicture(wanted.some(({ opacity }) => opacity > 0));
  }

  /** Resolves when the tiles of a scene are in that the map wants, or after `seconds`: nobody waits for ever. */
  loaded(one: Pick<Shown, "scene" | "tiles">, seconds: number): Promise<void> {
    const map = this.#map;
    const key = keyOf(one);
    const isIn = () => !map.getSource(key) || map.isSourceLoaded(key);
    return new Promise((resolve) => {
      const timer = window.setTimeout(done, seconds * 1000);
      function done() {
        window.clearTimeout(timer);
        map.off("sourcedata", look);
        map.off("idle", look);
        resolve();
      }
      function look() {
        if (isIn()) done();
      }
      map.on("sourcedata", look);
      map.on("idle", look);
      // the map asks for tiles at its next frame only
      map.once("render", () => window.setTimeout(look));
      map.triggerRepaint();
    });
  }

  destroy(): void {
    this.show([]);
  }

  #add(one: Shown): void {
    const { bounds, minzoom, maxzoom, tiles } = one;
    const key = keyOf(one);
    const fine = window.devicePixelRatio > 1.25;
    this.#map.addSource(key, {
      type: "raster",
      tiles: [`${location.origin}${fine ? tiles.replace("{y}.", "{y}@2x.") : tiles}`],
      tileSize: 256,
      bounds,
      minzoom,
      maxzoom: Math.max(minzoom, maxzoom),
    });
    this.#map.addLayer(
      {
        id: key,
        type: "raster",
        source: key,
        paint: { "raster-fade-duration": 0, "raster-opacity": one.opacity },
      },
      BELOW,
    );
  }

  #remove(key: string): void {
    if (this.#map.getLayer(key)) this.#map.removeLayer(key);
    if (this.#map.getSource<RasterTileSource>(key)) this.#map.removeSource(key);
  }

  #order(wanted: readonly Shown[], split: boolean): void {
    const of = (side: Side) => wanted.filter((one) => one.side === side).map(keyOf);
    const order = split
      ? [...of(null), CLIPS[0], ...of("right"), CLIPS[1], ...of("left"), CLIPS[2]]
      : of(null);
    for (const id of order) this.#map.moveLayer(id, this.#map.getLayer(CASING) ? CASING : BELOW);
  }

  #clips(on: boolean): void {
    const map = this.#map;
    for (const id of CLIPS) {
      if (on && !map.getLayer(id)) map.addLayer(this.#clip(id), BELOW);
      if (!on && map.getLayer(id)) map.removeLayer(id);
    }
  }

  #clip(id: (typeof CLIPS)[number]): CustomLayerInterface {
    return {
      id,
      type: "custom",
      renderingMode: "2d",
      render: (gl) => {
        const { drawingBufferWidth: width, drawingBufferHeight: height } = gl;
        const middle = Math.round(width * this.#at());
        if (id === "scene-clip:end") {
          gl.disable(gl.SCISSOR_TEST);
          return;
        }
        gl.enable(gl.SCISSOR_TEST);
        if (id === "scene-clip:left") gl.scissor(0, 0, middle, height);
        else gl.scissor(middle, 0, width - middle, height);
      },
    };
  }

  #overPicture(on: boolean): void {
    const map = this.#map;
    if (on === (this.#before !== null)) return;
    if (on) {
      this.#before = [];
      for (const [layer, property, value] of OVER_PICTURE) {
        if (!map.getLayer(layer)) continue;
        this.#before.push([layer, property, map.getPaintProperty<Paint>(layer, property)]);
        map.setPaintProperty(layer, property, value);
      }
      const filter = map.getFilter("faces-boundary");
      map.addLayer(
        {
          id: CASING,
          type: "line",
          source: "fabric",
          "source-layer": "faces",
          minzoom: 15,
          ...(filter ? { filter } : {}),
          layout: { "line-join": "round" },
          paint: {
            "line-color": "#1c1917",
            "line-opacity": 0.55,
            "line-width": ["interpolate", ["linear"], ["zoom"], 15, 1.4, 16, 2, 18, 3.4, 20, 4.6],
          },
        },
        BELOW,
      );
    } else {
      map.removeLayer(CASING);
      for (const [layer, property, value] of this.#before ?? []) {
        if (map.getLayer(layer)) map.setPaintProperty(layer, property, value);
      }
      this.#before = null;
    }
  }
}
