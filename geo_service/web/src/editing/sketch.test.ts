import { describe, expect, it } from "vitest";
import type { Mm, ParcelRef } from "../api/types";
import { parseVn2000 } from "./coordinates";
import { fitFrame, measure, polar } from "./frame";
import { boundaryPath, degreeMetres, joinedTo, type SketchPoint, type SnapFace, snap } from "./geometry";
import { accept, endsByItself, type Hit, startSketch, toIntent, turnPath, wants } from "./sketch";

/** A square face of 10 m at (105.85, 21.03), and its neighbour to the east. */
const [mx, my] = degreeMetres(21.03);
const vertex = (x: number, y: number) => ({
  mm: [588_000_000 + x * 1000, 2_325_000_000 + y * 1000] as Mm,
  lonlat: [105.85 + x / mx, 21.03 + y / my] as [number, number],
});
const square = (id: number, x: number): SnapFace => ({
  id,
  kind: "land",
  label: String(id),
  rings: [[vertex(x, 0), vertex(x + 10, 0), vertex(x + 10, 10), vertex(x, 10)]],
});
const faces = [square(1, 0), square(2, 10)];
const at = (x: number, y: number) => vertex(x, y).lonlat;

const hit = (x: number, y: number, parcel: ParcelRef | null = null, mode: "any" | "edge" = "any"): Hit => {
  const found = snap({ lonlat: at(x, y), faces, tolerance: 0.5, mode });
  return { point: found, edge: found.edge, parcel, faces };
};
const one: ParcelRef = { id: 1, label: "1" };
const two: ParcelRef = { id: 2, label: "2" };

describe("snapping", () => {
  it("names an existing vertex by its millimetres, never by degrees", () => {
    const found = snap({ lonlat: at(0.2, 0.1), faces, tolerance: 0.5, mode: "any" });
    expect(found.snap).toBe("vertex");
    expect(found.point).toEqual({ mm: [588_000_000, 2_325_000_000] });
  });

  it("falls on an edge as a place of its own", () => {
    const found = snap({ lonlat: at(4, 0.3), faces, tolerance: 0.5, mode: "any" });
    expect(found.snap).toBe("edge");
    expect(found.point).toHaveProperty("lonlat");
    expect(found.lonlat[1]).toBeCloseTo(21.03, 9);
  });

  it("leaves a place alone that is near nothing, or when it is switched off", () => {
    expect(snap({ lonlat: at(5, 5), faces, tolerance: 0.5, mode: "any" }).snap).toBe("none");
    expect(snap({ lonlat: at(0, 0), faces, tolerance: 0.5, mode: "free" }).snap).toBe("none");
  });

  it("keeps to one face when asked for one of its sides", () => {
    const found = snap({ lonlat: at(10.1, 5), faces, tolerance: 2, mode: "edge", face: 2 });
    expect(found.edge?.[0].mm).toEqual(vertex(10, 10).mm);
  });
});

describe("boundaries", () => {
  it("goes the shorter way, or the other on demand", () => {
    const [from, to] = [vertex(0, 0).mm, vertex(10, 10).mm];
    const start = { point: { mm: from }, lonlat: at(0, 0), snap: "vertex" } satisfies SketchPoint;
    const end = { point: { mm: to }, lonlat: at(10, 10), snap: "vertex" } satisfies SketchPoint;
    const path = boundaryPath(faces, from, to);
    expect(path).toHaveLength(3);
    const sketch = { ...startSketch("move_boundary", null), points: [start, end], path };
    const turned = turnPath(sketch, faces);
    expect(turned.path?.[1]?.mm).not.toEqual(path?.[1]?.mm);
    expect(turnPath(turned, faces).path).toEqual(path);
    expect(boundaryPath(faces, from, [1, 1])).toBeNull();
  });

  it("knows what moves along with a corner", () => {
    expect(joinedTo(faces, vertex(10, 0).mm)).toHaveLength(3);
  });
});

describe("the local plane", () => {
  it("measures and places typed lengths", () => {
    const frame = fitFrame(faces);
    if (!frame) throw new Error("no frame");
    const east = polar(vertex(0, 0).mm, 12.345, 90, frame);
    expect(east.point).toEqual({ en: [588_012.345, 2_325_000] });
    expect(measure(vertex(0, 0).mm, vertex(3, 4).mm).length).toBeCloseTo(5, 9);
    const [x, y] = frame.toMm(at(7, 3));
    expect([Math.abs(x - 588_007_000) < 1, Math.abs(y - 2_325_003_000) < 1]).toEqual([true, true]);
    expect(fitFrame([])).toBeNull();
  });

  it.each([
    ["X=2325500,12 Y=588000,456", [588_000_456, 2_325_500_120]],
    ["Y: 588000.456; X: 2325500.12", [588_000_456, 2_325_500_120]],
    ["2325500.12 588000.456", [588_000_456, 2_325_500_120]],
    ["2.325.500,12 ; 588.000,456", [588_000_456, 2_325_500_120]],
  ])("reads %s", (text, mm) => expect(parseVn2000(text)).toEqual(mm));

  it.each(["", "2325500", "X=abc Y=1", "1 2 3"])("does not guess at %j", (text) =>
    expect(parseVn2000(text)).toBeNull(),
  );
});

describe("tools", () => {
  it("splits by a clicked line", () => {
    let sketch = startSketch("split_by_line", null);
    expect(wants(sketch)).toBe("parcel");
    sketch = accept(sketch, hit(5, 5, one));
    sketch = accept(sketch, hit(5, -1));
    expect(toIntent(sketch)).toBeNull();
    sketch = accept(sketch, hit(5, 11));
    expect(accept(sketch, hit(5, 11))).toBe(sketch);
    expect(toIntent(sketch)).toMatchObject({ type: "split_by_line", parcel: 1, line: [{}, {}] });
  });

  it("draws a dividing line a little past the sides it ends on, and leaves corners alone", () => {
    const ends = [hit(5, 0), hit(5, 10)].reduce(accept, startSketch("split_by_line", one));
    const [from, to] = (toIntent(ends) as { line: { lonlat: [number, number] }[] }).line;
    expect((21.03 - (from?.lonlat[1] ?? 0)) * my).toBeCloseTo(0.02, 4);
    expect(((to?.lonlat[1] ?? 0) - 21.03) * my).toBeCloseTo(10.02, 4);
    const corners = [hit(0, 0), hit(10, 10)].reduce(accept, startSketch("split_by_line", one));
    expect(toIntent(corners)).toMatchObject({ line: [{ mm: vertex(0, 0).mm }, { mm: vertex(10, 10).mm }] });
  });

  it("splits an area off along a side", () => {
    let sketch = accept(startSketch("split_by_area", one), hit(5, 0.1, null, "edge"));
    expect(wants(sketch)).toBe("form");
    expect(toIntent(sketch)).toBeNull();
    sketch = { ...sketch, area: "40,5" };
    expect(toIntent(sketch)).toEqual({
      type: "split_by_area",
      parcel: 1,
      area_m2: 40.5,
      along: [{ mm: vertex(0, 0).mm }, { mm: vertex(10, 0).mm }],
      side: "right",
    });
    expect(toIntent({ ...sketch, half: "far" })).toMatchObject({ side: "left" });
  });

  it("merges what was clicked, a second click takes it back", () => {
    let sketch = accept(accept(startSketch("merge", one), hit(12, 5, two)), hit(5, 5, one));
    expect(toIntent(sketch)).toBeNull();
    sketch = accept(sketch, hit(5, 5, one));
    expect(toIntent(sketch)).toEqual({ type: "merge", parcels: [2, 1] });
  });

  it("moves a corner only from an existing vertex", () => {
    const sketch = startSketch("move_point", one);
    expect(accept(sketch, hit(5, 5))).toBe(sketch);
    const moved = accept(accept(sketch, hit(10, 10)), hit(11, 12));
    expect(endsByItself(moved)).toBe(true);
    expect(toIntent(moved)).toMatchObject({ from: { mm: vertex(10, 10).mm }, to: { lonlat: at(11, 12) } });
  });

  it("moves a boundary with the same ends", () => {
    const sketch = [hit(10, 0), hit(10, 10), hit(11, 5)].reduce(accept, startSketch("move_boundary", one));
    expect(toIntent(sketch)).toEqual({
      type: "move_boundary",
      old: [{ mm: vertex(10, 0).mm }, { mm: vertex(10, 10).mm }],
      new: [{ mm: vertex(10, 0).mm }, { lonlat: at(11, 5) }, { mm: vertex(10, 10).mm }],
    });
  });

  it("transfers the pointed piece", () => {
    let sketch = accept(startSketch("transfer", one), hit(12, 5, two));
    sketch = [hit(8, 0), hit(8, 10)].reduce(accept, sketch);
    expect(toIntent(sketch)).toBeNull();
    sketch = accept({ ...sketch, lineDone: true }, hit(9, 5));
    expect(toIntent(sketch)).toMatchObject({ from: 1, to: 2, line: [{}, {}], piece: { lonlat: at(9, 5) } });
  });

  it("changes only the facts that were given", () => {
    const sketch = startSketch("reclassify", one);
    expect(toIntent(sketch)).toBeNull();
    const facts = { ...sketch.facts, land_use: "ODT", official_area: "64,5" };
    expect(toIntent({ ...sketch, facts })).toEqual({
      type: "reclassify",
      parcel: 1,
      land_use: "ODT",
      official_area_m2: 64.5,
    });
    expect(toIntent({ ...sketch, facts: { ...facts, official_area: "abc" } })).toBeNull();
  });
});
