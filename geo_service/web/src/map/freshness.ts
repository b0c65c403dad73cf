/**
 * Which tiles must be how fresh. Every change leaves a mark (bounds, seq); a tile that touches the mark is
 * asked for with `after=seq`, so that no cache on the way can answer with an older one. A tile is fetched
 * once at a time: a change that comes while it is on its way makes it fetched again when it has arrived,
 * so that a slow old answer never replaces a fast new one.
 */
import type { Bounds } from "../api/types";
import { overlap, type TileId, tileBounds, tileKey } from "./tiles";

interface Mark {
  bounds: Bounds;
  seq: number;
}
interface Flight {
  tile: TileId;
  seq: number;
  since: number;
}

/** An answer that has not come after this time will not come; the tile may be asked for again. */
const LOST_AFTER_MS = 20_000;
const MOST_MARKS = 2_000;

export class Freshness {
  #floor: number;
  #marks: Mark[] = [];
  #flights = new Map<string, Flight>();
  #clock: () => number;

  constructor(floor = 0, clock: () => number = () => performance.now()) {
    this.#floor = floor;
    this.#clock = clock;
  }

  /** A change happened; null bounds mean that it may be anywhere. */
  touch(bounds: Bounds | null, seq: number): void {
    if (bounds === null) {
      this.#floor = Math.max(this.#floor, seq);
      this.#marks = this.#marks.filter((mark) => mark.seq > this.#floor);
      return;
    }
    this.#marks.push({ bounds, seq });
    const oldest = this.#marks.length > MOST_MARKS ? this.#marks.shift() : undefined;
    if (oldest) this.touch(null, oldest.seq);
  }

  needed(tile: TileId): number {
    const bounds = tileBounds(tile);
    let seq = this.#floor;
    for (const mark of this.#marks) if (mark.seq > seq && overlap(mark.bounds, bounds)) seq = mark.seq;
    return seq;
  }

  /** The tile is being asked for; gives the seq to ask with. */
  depart(tile: TileId): number {
    const seq = this.needed(tile);
    const before = this.#flights.get(tileKey(tile));
    const oldest = before && this.#alive(before) ? Math.min(before.seq, seq) : seq;
    this.#flights.set(tileKey(tile), { tile, seq: oldest, since: this.#clock() });
    return seq;
  }

  /** The tile arrived, failed or was given up; true if it has to be asked for again. */
  arrive(tile: TileId): boolean {
    const flight = this.#flights.get(tileKey(tile));
    this.#flights.delete(tileKey(tile));
    return flight !== undefined && flight.seq < this.needed(tile);
  }

  /** Nothing is on its way any more (an unchanged answer arrives silently); gives what must be asked for again. */
  landAll(): TileId[] {
    const tiles = [...this.#flights.values()].map(({ tile }) => tile);
    return tiles.filter((tile) => this.arrive(tile));
  }

  underWay(tile: TileId): boolean {
    const flight = this.#flights.get(tileKey(tile));
    return flight !== undefined && this.#alive(flight);
  }

  /** No tile over these bounds is on its way. */
  settled(bounds: Bounds | null): boolean {
    for (const flight of this.#flights.values()) {
      if (this.#alive(flight) && (bounds === null || overlap(tileBounds(flight.tile), bounds))) return false;
    }
    return true;
  }

  #alive(flight: Flight): boolean {
    return this.#clock() - flight.since < LOST_AFTER_MS;
  }
}
