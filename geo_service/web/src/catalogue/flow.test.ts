import { describe, expect, it } from "vitest";
import type { Definition } from "../api/administrationTypes";
import { type Flow, type FlowBox, flowOf, wrapped } from "./flow";
import { sample } from "./sample";

const measure = (text: string) => text.length * 8;
const words = {
  step: (s: { name_vi: string }) => s.name_vi,
  action: (a: { name_vi: string }) => a.name_vi,
  foot: () => ["cán bộ"],
};
const flow = (definition: Definition) => flowOf(definition, words, measure);
const box = ({ boxes }: Flow, code: string): FlowBox => {
  const found = boxes[sample.steps.findIndex((step) => step.code === code)];
  if (!found) throw new Error(code);
  return found;
};

it("breaks a name into lines that fit", () => {
  expect(wrapped("Chờ bổ sung giấy tờ", 80, measure)).toEqual(["Chờ bổ", "sung giấy", "tờ"]);
  expect(wrapped("Supercalifragilistic", 80, measure)).toEqual(["Supercalifragilistic"]);
  expect(wrapped("", 80, measure)).toEqual(["…"]);
});

describe("the picture of a procedure", () => {
  const drawn = flow(sample);

  it("goes down from the first step to the result", () => {
    const way = ["filed", "received", "checking", "done", "returned"].map((code) => box(drawn, code).y);
    expect(way).toEqual(way.toSorted((a, b) => a - b));
  });

  it("shows every action once: as an arrow, or inside its box", () => {
    const arrows = drawn.pills.map(({ action }) => action);
    const inside = drawn.boxes.flatMap(({ exits }) => exits.map(({ action }) => action));
    expect([...arrows, ...inside].toSorted((a, b) => a - b)).toEqual(sample.actions.map((_, i) => i));
    expect(box(drawn, "filed").exits).toMatchObject([{ action: 1, kind: "end" }]);
    expect(box(drawn, "checking").exits).toMatchObject([{ action: 4, kind: "stay" }]);
  });

  it("knows which arrows lead back", () => {
    expect(drawn.pills.filter(({ back }) => back).map(({ action }) => sample.actions[action]?.code)).toEqual([
      "supplement",
    ]);
    expect(drawn.lines.filter(({ tip }) => !tip.down)).toHaveLength(1);
  });

  it("puts nothing over anything, and all of it inside", () => {
    const shapes = [...drawn.boxes, ...drawn.pills];
    for (const a of shapes) {
      expect(a.x).toBeGreaterThanOrEqual(0);
      expect(a.x + a.w).toBeLessThanOrEqual(drawn.width);
      expect(a.y + a.h).toBeLessThanOrEqual(drawn.height);
      for (const b of shapes) {
        const over = a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
        expect(a === b || !over).toBe(true);
      }
    }
  });

  it("keeps what is wrong in sight: lost ways and steps nobody reaches", () => {
    const broken = {
      ...sample,
      actions: sample.actions.map((one) => (one.code === "finish" ? { ...one, to: "nowhere" } : one)),
    };
    const found = flow(broken);
    expect(box(found, "checking").exits.map(({ kind }) => kind)).toEqual(["stay", "lost"]);
    expect(box(found, "done").y).toBeGreaterThanOrEqual(found.apart ?? Infinity);
  });

  it("is empty where there is no step", () => {
    expect(flow({ ...sample, steps: [], actions: [] })).toMatchObject({
      boxes: [],
      pills: [],
      lines: [],
      apart: null,
    });
  });
});
