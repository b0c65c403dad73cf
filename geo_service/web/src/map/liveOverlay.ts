/**
 * A change is drawn the moment it is heard of, from the geometry in the event, over the tiles; the touched
 * tiles are then fetched anew, and when they are in, the overlay goes. Its fill is opaque and covers exactly
 * what the change retired (conservation law), so nothing old shines through in between.
 */
import type { Feature, FeatureCollection } from "geojson";
import type { Bounds, LiveChange } from "../api/types";
import type { MapController } from "./controller";
import { FABRIC, LIVE } from "./layers";

interface Drawn {
  seq: number;
  id: number;
  bounds: Bounds | null;
  feature: Feature;
}

export class LiveOverlay {
  #controller: MapController;
  #drawn: Drawn[] = [];
  #onPainted: (seq: number) => void;
  #queue: LiveChange[] = [];
  #busy = false;

  constructor(controller: MapController, onPainted: (seq: number) => void) {
    this.#controller = controller;
    this.#onPainted = onPainted;
    controller.map.on("sourcedata", (event) => {
      if (event.sourceId === FABRIC && this.#drawn.length) this.#dropFinished();
    });
    controller.map.on("idle", () => this.#dropFinished());
  }

  /**
   * Draws the change and has the touched tiles fetched; `onPainted` is called when it is on the screen.
   * Changes that come while one is being drawn are drawn together after it.
   */
  async apply(change: LiveChange): Promise<void> {
    this.#queue.push(change);
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#queue.length) await this.#flush(this.#queue.splice(0));
    } finally {
      this.#busy = false;
    }
  }

  async #flush(changes: LiveChange[]): Promise<void> {
    const controller = this.#controller;
    for (const { bounds, seq } of changes) controller.freshness.touch(bounds, seq);
    if (controller.at !== null) return;
    const pictured = changes.filter(({ features }) => features !== null);
    for (const change of pictured) this.#add(change);
    const drawn = pictured.length ? this.#redraw() : Promise.resolve();
    const areas = changes.flatMap(({ bounds }) => (bounds ? [bounds] : []));
    const fetched = controller
      .refresh(areas.length === changes.length ? areas : null)
      .then(() => this.#dropFinished());
    await drawn;
    if (pictured.length) await controller.painted(LIVE);
    if (pictured.length < changes.length) await fetched;
    this.#onPainted(Math.max(...changes.map(({ seq }) => seq)));
  }

  /** Everything drawn here is dropped and every tile fetched anew, at least as fresh as `seq`. */
  reset(seq: number): void {
    this.#drawn = [];
    void this.#redraw();
    this.#controller.freshness.touch(null, seq);
    void this.#controller.refresh(null);
  }

  hide(): void {
    if (!this.#drawn.length) return;
    this.#drawn = [];
    void this.#redraw();
  }

  #add(change: LiveChange): void {
    const gone = new Set(change.retired);
    this.#drawn = this.#drawn.filter(({ id }) => !gone.has(id));
    for (const feature of change.features?.features ?? []) {
      const id = Number(feature.id ?? feature.properties?.id);
      const properties = { ...feature.properties, id };
      this.#drawn.push({ seq: change.seq, id, bounds: change.bounds, feature: { ...feature, properties } });
    }
  }

  #dropFinished(): void {
    const { freshness, hasFailedTiles } = this.#controller;
    if (!this.#drawn.length || hasFailedTiles || !this.#controller.map.isSourceLoaded(FABRIC)) return;
    const left = this.#drawn.filter(({ bounds }) => !freshness.settled(bounds));
    if (left.length === this.#drawn.length) return;
    this.#drawn = left;
    void this.#redraw();
  }

  #redraw(): Promise<void> {
    const collection: FeatureCollection = {
      type: "FeatureCollection",
      features: this.#drawn.map(({ feature }) => feature),
    };
    return this.#controller.draw(LIVE, collection);
  }
}
