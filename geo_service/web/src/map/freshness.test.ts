import { describe, expect, it } from "vitest";
import type { Bounds } from "../api/types";
import { Freshness } from "./freshness";
import { liveCells, tileBounds, tileKey, tileOfUrl, tilesIn } from "./tiles";

const hoanKiem: Bounds = [105.852, 21.0282, 105.8522, 21.0284];
const tile = (bounds: Bounds, z: number) => tilesIn(bounds, z, 1)?.[0] ?? { z: 0, x: 0, y: 0 };

describe("tile arithmetic", () => {
  it("finds the tile of a place at every zoom", () => {
    for (let z = 5; z <= 18; z++) {
      const [w, s, e, n] = tileBounds(tile([105.852, 21.0282, 105.852, 21.0282], z));
      expect(w <= 105.852 && 105.852 <= e && s <= 21.0282 && 21.0282 <= n).toBe(true);
    }
  });

  it("subscribes to a small area around the view, and to everything from far away", () => {
    expect(liveCells(hoanKiem)).toHaveLength(9);
    expect(liveCells([105, 20, 107, 22])).toBeNull();
  });

  it("reads a tile address", () => {
    expect(tileOfUrl("http://host/tiles/fabric/12/3252/1803.mvt?at=3")).toEqual({ z: 12, x: 3252, y: 1803 });
    expect(tileOfUrl("/other/1/2/3.mvt")).toBeNull();
  });
});

describe("freshness", () => {
  it("asks only touched tiles to be fresh", () => {
    const fresh = new Freshness(5);
    fresh.touch(hoanKiem, 9);
    expect(fresh.needed(tile(hoanKiem, 16))).toBe(9);
    expect(fresh.needed(tile([105.9, 21.1, 105.9, 21.1], 16))).toBe(5);
    fresh.touch(null, 12);
    expect(fresh.needed(tile([105.9, 21.1, 105.9, 21.1], 16))).toBe(12);
  });

  it("fetches again what changed while it was on its way, and only then", () => {
    const fresh = new Freshness();
    const t = tile(hoanKiem, 17);
    fresh.touch(hoanKiem, 1);
    expect(fresh.depart(t)).toBe(1);
    expect(fresh.settled(hoanKiem)).toBe(false);
    fresh.touch(hoanKiem, 2);
    expect(fresh.arrive(t)).toBe(true);
    expect(fresh.depart(t)).toBe(2);
    expect(fresh.arrive(t)).toBe(false);
    expect(fresh.settled(hoanKiem)).toBe(true);
  });

  it("finds what an unchanged, silent answer left behind", () => {
    const fresh = new Freshness();
    const t = tile(hoanKiem, 17);
    fresh.depart(t);
    expect(fresh.landAll()).toEqual([]);
    expect(fresh.underWay(t)).toBe(false);
    fresh.depart(t);
    fresh.touch(hoanKiem, 3);
    expect(fresh.landAll()).toEqual([t]);
  });

  it("gives up on an answer that never comes", () => {
    let now = 0;
    const fresh = new Freshness(0, () => now);
    const t = tile(hoanKiem, 17);
    fresh.depart(t);
    expect(fresh.underWay(t)).toBe(true);
    now = 60_000;
    expect(fresh.underWay(t)).toBe(false);
    expect(fresh.settled(null)).toBe(true);
  });

  it("forgets old marks into the floor, never losing one", () => {
    const fresh = new Freshness();
    for (let seq = 1; seq <= 2_500; seq++) fresh.touch(hoanKiem, seq);
    expect(fresh.needed(tile(hoanKiem, 16))).toBe(2_500);
    expect(fresh.needed(tile([105.9, 21.1, 105.9, 21.1], 16))).toBe(500);
    expect(tileKey(tile(hoanKiem, 12))).toMatch(/^12\//);
  });
});
