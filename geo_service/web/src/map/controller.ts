/** The map and what may be done with it. Knows nothing of React; components reach it through `useMap`. */
import type { Feature, FeatureCollection, Geometry } from "geojson";
import {
  type GeoJSONSource,
  Map as MapLibre,
  type MapSourceDataEvent,
  NavigationControl,
  type RequestParameters,
  ScaleControl,
  type StyleSpecification,
  setWorkerUrl,
  type VectorTileSource,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import type { Bounds, LandUse, MapInfo, Unit } from "../api/types";
import type { Camera } from "../state/hash";
import { Freshness } from "./freshness";
import { addImages } from "./images";
import { FABRIC, FACE_LAYERS, faceLayers, LIVE, labelLayer, limitLayers, unitNameLayer } from "./layers";
import { INK } from "./palette";
import { overlap, type TileId, tileBounds, tileOfUrl, tilesIn, widened } from "./tiles";
import { emptySource, WORK_SOURCES, type WorkSource, workLayers } from "./workLayers";

setWorkerUrl(workerUrl);

export interface FaceHit {
  id: number;
  code: string | null;
  kind: string;
  label: string;
}

interface Setup {
  container: HTMLElement;
  info: MapInfo;
  landUse: readonly LandUse[];
  camera: Camera | null;
  at: number | null;
}

const HANOI: Bounds = [105.28, 20.56, 106.02, 21.39];
/** Below this width (px) panels are sheets at the bottom; the style sheets say 60em. */
const PHONE = 960;
/** Room (px) for the header and the status bar, which lie over the map. */
const FRAME = { top: 128, bottom: 64, left: 16, right: 16 };
const NOTHING: FeatureCollection = { type: "FeatureCollection", features: [] };

interface LoadedTile {
  state: string;
  tileID: { canonical: TileId };
}

/** The tile an event of the fabric source is about, if any; MapLibre leaves it untyped. */
function tileOf(event: MapSourceDataEvent): LoadedTile | null {
  return event.sourceId === FABRIC ? ((event.tile as LoadedTile | undefined) ?? null) : null;
}

/** What the editing and approval panels cover, for `fly`. */
export const LEFT_PANEL = -380;

export class MapController {
  readonly map: MapLibre;
  readonly freshness: Freshness;
  #info: MapInfo;
  #at: number | null;
  #failed = false;

  constructor({ container, info, landUse, camera, at }: Setup) {
    this.#info = info;
    this.#at = at;
    this.freshness = new Freshness();
    this.map = new MapLibre({
      container,
      style: this.#style(landUse),
      ...(camera
        ? { center: [camera.lon, camera.lat] as [number, number], zoom: camera.zoom }
        : { bounds: info.bounds ?? HANOI, fitBoundsOptions: { padding: FRAME } }),
      minZoom: info.tile_min_zoom - 0.5,
      maxZoom: Math.min(info.tile_max_zoom, 22),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      // a tile kept out of view would miss the changes made meanwhile
      maxTileCacheSize: 0,
      fadeDuration: 120,
      transformRequest: (url) => this.#request(url),
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
    this.map.addControl(new ScaleControl({ unit: "metric", maxWidth: 110 }), "bottom-right");
    this.#watchTiles();
  }

  #style(landUse: readonly LandUse[]): StyleSpecification {
    const work = Object.fromEntries(WORK_SOURCES.map((name) => [name, emptySource()]));
    return {
      version: 8,
      sources: {
        [FABRIC]: {
          type: "vector",
          tiles: [this.#tileUrl()],
          minzoom: this.#info.tile_min_zoom,
          maxzoom: Math.min(18, this.#info.tile_max_zoom),
        },
        ...work,
      },
      layers: [
        { id: "ground", type: "background", paint: { "background-color": INK.ground } },
        ...faceLayers({ prefix: "faces", source: FABRIC, sourceLayer: "faces", landUse }),
        ...faceLayers({ prefix: "delta", source: FABRIC, sourceLayer: "delta", landUse }),
        labelLayer("faces-label", FABRIC, "labels"),
        ...faceLayers({ prefix: LIVE, source: LIVE, landUse }),
        labelLayer("live-label", LIVE),
        ...limitLayers(),
        ...workLayers(),
        unitNameLayer(),
      ],
    };
  }

  /** Resolves when layers and pictures are there and data may be set. */
  async ready(): Promise<void> {
    if (!this.map.isStyleLoaded()) await this.map.once("style.load");
    addImages(this.map);
  }

  // ---- tiles ----------------------------------------------------------------------------------

  #tileUrl(): string {
    const past = this.#at === null ? "" : `?at=${this.#at}`;
    return `${location.origin}/tiles/fabric/{z}/{x}/{y}.mvt${past}`;
  }

  #request(url: string): RequestParameters {
    const tile = tileOfUrl(url);
    if (!tile) return { url };
    const seq = this.freshness.depart(tile);
    if (this.#at !== null) return { url };
    // always ask the service whether the browser's copy still holds; it answers 304 in a millisecond
    return { url: seq > 0 ? `${url}?after=${seq}` : url, cache: "no-cache" };
  }

  #watchTiles(): void {
    const landed = (tile: TileId) => {
      if (this.freshness.arrive(tile)) this.map.refreshTiles(FABRIC, [tile]);
    };
    this.map.on("sourcedata", (event) => {
      const tile = tileOf(event);
      if (tile?.state === "loaded") landed(tile.tileID.canonical);
    });
    this.map.on("sourcedataabort", (event) => {
      const tile = tileOf(event);
      if (tile) this.freshness.arrive(tile.tileID.canonical);
    });
    this.map.on("error", (event) => {
      const tile = (event as { tile?: { tileID?: { canonical: TileId } } }).tile?.tileID?.canonical;
      // pictures from above have errors of their own
      if (!tile || (event as { sourceId?: string }).sourceId !== FABRIC) return;
      this.freshness.arrive(tile);
      this.#retryFailed();
    });
  }

  /** A tile that could not be had is asked for again, gently, until the service is back. */
  #retryFailed(): void {
    if (this.#failed) return;
    this.#failed = true;
    window.setTimeout(() => {
      this.#failed = false;
      void this.refresh(null);
    }, 3_000);
  }

  /** True while some tile could not be fetched: what is on the screen may be old. */
  get hasFailedTiles(): boolean {
    return this.#failed;
  }

  /** Fetches again the tiles of the screen that touch one of the areas (null: all); resolves when they are in. */
  async refresh(areas: readonly Bounds[] | null): Promise<void> {
    const seen = this.map.getBounds().toArray().flat() as Bounds;
    const zoom = Math.floor(this.map.getZoom());
    const tiles: TileId[] = [];
    for (let z = this.#info.tile_min_zoom; z <= Math.min(18, zoom + 2); z++) {
      const wanted = areas?.map((area) => widened(area, (360 / 2 ** z) * 0.02));
      for (const tile of tilesIn(seen, z, 400, 1) ?? []) {
        const bounds = tileBounds(tile);
        if (wanted && !wanted.some((area) => overlap(bounds, area))) continue;
        if (!this.freshness.underWay(tile)) tiles.push(tile);
      }
    }
    for (let again = tiles; again.length; again = this.freshness.landAll()) {
      this.map.refreshTiles(FABRIC, again);
      await this.painted(FABRIC);
    }
  }

  get at(): number | null {
    return this.#at;
  }

  /** Shows the state after the change `at`; null: now. */
  setAt(at: number | null): void {
    if (at === this.#at) return;
    this.#at = at;
    this.map.getSource<VectorTileSource>(FABRIC)?.setTiles([this.#tileUrl()]);
  }

  // ---- drawing --------------------------------------------------------------------------------

  /** Draws these features in one of the work sources; resolves when the worker has them. */
  draw(source: WorkSource, data: FeatureCollection | Feature | Geometry | null): Promise<void> {
    return this.map.getSource<GeoJSONSource>(source)?.setData(data ?? NOTHING) ?? Promise.resolve();
  }

  /** Resolves after a frame has been rendered in which the whole source was in place. */
  async painted(source: string): Promise<void> {
    for (;;) {
      const frame = this.map.once("render");
      this.map.triggerRepaint();
      await frame;
      if (this.map.isSourceLoaded(source)) return;
    }
  }

  showUnits(units: readonly Unit[], lang: "vi" | "en"): void {
    void this.draw("units", {
      type: "FeatureCollection",
      features: units.map(({ lon, lat, name, name_en, faces }) => ({
        type: "Feature",
        geometry: { type: "Point", coordinates: [lon, lat] },
        properties: { name: (lang === "vi" ? name : name_en).normalize("NFC"), faces },
      })),
    });
  }

  // ---- looking --------------------------------------------------------------------------------

  /** The face under a place of the screen, as drawn. */
  faceAt(point: { x: number; y: number }): FaceHit | null {
    const layers = FACE_LAYERS.filter((id) => this.map.getLayer(id));
    const feature = this.map.queryRenderedFeatures([point.x, point.y], { layers })[0];
    if (!feature) return null;
    const { id, code, kind, num, sheet } = feature.properties as Record<string, string | number | undefined>;
    const face = Number(feature.id ?? id);
    if (!Number.isFinite(face)) return null;
    return {
      id: face,
      code: code ? String(code) : null,
      kind: String(kind ?? "land"),
      label: num ? `${sheet ? `${sheet}/` : ""}${num}` : `#${face}`,
    };
  }

  /** `side`: pixels that an open panel covers at the right, or, negative, at the left; on a phone a panel covers the lower half. */
  fly(target: { bounds?: Bounds | null; lon?: number; lat?: number; zoom?: number }, side = 0): void {
    const narrow = this.map.getContainer().clientWidth < PHONE;
    const tall = this.map.getContainer().clientHeight;
    const padding = narrow
      ? { top: 130, bottom: side ? tall * 0.55 : 80, left: 30, right: 30 }
      : { top: 110, bottom: 90, left: 80 + Math.max(0, -side), right: 80 + Math.max(0, side) };
    const animate = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const motion = { duration: animate ? 900 : 0, essential: false };
    if (target.bounds) {
      this.map.fitBounds(target.bounds, { padding, maxZoom: 19.5, ...motion });
    } else if (target.lon !== undefined && target.lat !== undefined) {
      this.map.easeTo({
        center: [target.lon, target.lat],
        zoom: target.zoom ?? Math.max(17, this.map.getZoom()),
        ...motion,
      });
    }
  }

  /** Moves the map just enough that these bounds are not hidden under the open panel. */
  uncover(bounds: Bounds): void {
    const { clientWidth: width, clientHeight: height } = this.map.getContainer();
    const narrow = width < PHONE;
    const [right, bottom] = narrow ? [width, height * 0.46] : [width - 450, height - 60];
    const { x, y } = this.map.project([(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2]);
    const dx = Math.max(0, x - right + 30);
    const dy = Math.max(0, y - bottom + 30);
    if (dx || dy) this.map.panBy([dx, dy], { duration: 350 });
  }

  camera(): Camera {
    const { lng, lat } = this.map.getCenter();
    return { zoom: this.map.getZoom(), lat, lon: lng };
  }

  destroy(): void {
    this.map.remove();
  }
}
