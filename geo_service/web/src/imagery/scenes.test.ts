import { describe, expect, it } from "vitest";
import type { Looks, Scene } from "../api/imagery";
import type { Bounds } from "../api/types";
import { drawnAs, firstBands, lookOf, readLook, shownAs, stretchable, writeLook } from "./look";
import { byDate, comparable, earlierThan, framesOf, sensorsOf } from "./scenes";

const HERE: Bounds = [105.8, 21, 105.9, 21.1];
const FAR: Bounds = [-97, 47, -96.9, 47.1];

function scene(id: string, datetime: string, sensor = "sentinel-2-l2a", bounds = HERE): Scene {
  return {
    id,
    code: id,
    title: id,
    sensor,
    datetime,
    gsd: 10,
    bounds,
    footprint: { type: "Point", coordinates: [0, 0] },
    licence: "",
    source: "",
    simulated: false,
    public: true,
    elsewhere: false,
    cloud_cover: null,
    notes: [],
  };
}

const old = scene("old", "2020-03-01T03:00:00Z");
const photo = scene("photo", "2022-03-01T03:00:00Z", "orthophoto");
const recent = scene("recent", "2024-03-01T03:00:00Z");
const abroad = scene("abroad", "2023-03-01T03:00:00Z", "naip", FAR);
const all = [recent, photo, abroad, old];
const ids = (scenes: readonly Scene[]) => scenes.map(({ id }) => id);

describe("scenes that belong together", () => {
  it("stand in the order of time", () => {
    expect(ids(byDate(all))).toEqual(["old", "photo", "abroad", "recent"]);
  });

  it("make a time lapse of like with like, where one looks", () => {
    expect(ids(framesOf(all, [105.85, 21.05, 105.86, 21.06], "sentinel-2-l2a"))).toEqual(["old", "recent"]);
    expect(ids(framesOf(all, HERE, null))).toEqual(["old", "photo", "recent"]);
    expect(framesOf(all, [0, 0, 1, 1], null)).toEqual([]);
  });

  it("are compared with the latest earlier one, of the same sensor if there is one", () => {
    expect(earlierThan(recent, all)).toBe(old);
    expect(earlierThan(photo, all)).toBe(old);
    expect(earlierThan(scene("new", "2025-01-01T00:00:00Z", "naip"), all)).toBe(recent);
    expect(earlierThan(old, all)).toBeNull();
    expect(earlierThan(abroad, all)).toBeNull();
  });

  it("can only be compared over the same ground", () => {
    expect(ids(comparable(recent, all))).toEqual(["old", "photo"]);
    expect(sensorsOf(all)).toEqual(["naip", "orthophoto", "sentinel-2-l2a"]);
  });
});

describe("a look", () => {
  const looks: Looks = {
    scene: "old",
    bounds: HERE,
    min_zoom: 8,
    max_zoom: 14,
    bands: ["B04", "B08"],
    looks: ["natural", "ndvi"].map((name) => ({ name, kind: "index", bands: [], legend: [] })),
    tiles: "/tiles/scenes/old/{z}/{x}/{y}.webp?look=",
  };

  it("that a scene lacks gives way to its first one", () => {
    expect(lookOf(looks, "ndvi")?.name).toBe("ndvi");
    expect(lookOf(looks, "ndbi")?.name).toBe("natural");
  });

  it("ends the address of the tiles", () => {
    expect(shownAs(looks, "ndvi", 0.5, "left")).toMatchObject({
      tiles: "/tiles/scenes/old/{z}/{x}/{y}.webp?look=ndvi",
      opacity: 0.5,
      side: "left",
      maxzoom: 14,
    });
  });

  it.each(["natural", "swir~5-95", "swir22.nir.red", "B8A.B11.B04~0-100"])(
    "%s comes back as written",
    (word) => {
      expect(writeLook(readLook(word))).toBe(word);
    },
  );

  it.each(["", "<b>", "a.b", "a.b.c.d", "nir.red.gr een", "natural~7-9", "natural~2-98"])(
    "of %s keeps what makes sense",
    (word) => expect(writeLook(readLook(word))).toBe("natural"),
  );

  const bands = ["blue", "green", "red", "nir", "B06"];
  const composite: Looks = {
    ...looks,
    bands,
    looks: [
      { name: "natural", kind: "visual", bands: [], legend: [] },
      { name: "false-colour", kind: "composite", bands: ["nir", "red", "green"], legend: [] },
      { name: "ndvi", kind: "index", bands: ["red", "nir"], legend: [] },
    ],
  };
  const tiles = (word: string) => shownAs(composite, word, 1, null).tiles.split("?")[1];

  it("of three bands is asked for by their names, with its contrast", () => {
    expect(tiles("B06.nir.red")).toBe("bands=B06,nir,red");
    expect(tiles("B06.nir.red~5-95")).toBe("bands=B06,nir,red&stretch=p5,95");
    expect(tiles("false-colour~1-99")).toBe("look=false-colour&stretch=p1,99");
  });

  it("is given what the service would refuse no more than by mistake", () => {
    expect(tiles("swir22.nir.red")).toBe("look=natural");
    expect(tiles("ndvi~5-95")).toBe("look=ndvi");
    expect(stretchable({ ...composite, bands: ["B06"] }, readLook("natural"))).toBe(false);
    expect(stretchable(composite, readLook("natural"))).toBe(true);
  });

  it("begins its own bands with those that were on the screen", () => {
    expect(firstBands(composite, drawnAs(composite, "false-colour"))).toEqual(["nir", "red", "green"]);
    expect(firstBands(composite, drawnAs(composite, "red.nir.blue"))).toEqual(["red", "nir", "blue"]);
    expect(firstBands(composite, drawnAs(composite, "ndvi"))).toEqual(["nir", "red", "green"]);
    expect(firstBands(looks, drawnAs(looks, "ndvi"))).toEqual(["B04", "B04", "B04"]);
  });
});
