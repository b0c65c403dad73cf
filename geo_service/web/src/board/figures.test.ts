import { describe, expect, it } from "vitest";
import type { Band, Board, Counts, MapUnit } from "../api/board";
import { daysOf } from "./boardView";
import {
  bandColor,
  bandOf,
  classify,
  flat,
  frameOf,
  outlinePath,
  percent,
  scaleOf,
  sheet,
  steps,
} from "./figures";

const BANDS: Band[] = [
  { share: 0.9, name_vi: "Xuất sắc", name_en: "Excellent" },
  { share: 0.5, name_vi: "Trung bình", name_en: "Average" },
  { share: 0, name_vi: "Yếu", name_en: "Weak" },
];
const NONE: Counts = {
  filed: 0, received: 0, finished: 0, in_time: 0, late: 0, share: null, withdrawn: 0, refused: 0, stopped: 0, waiting: 0, green: 0, amber: 0, red: 0,
  paused: 0, unanswered: 0, unanswered_red: 0, median_days: null, p90_days: null,
}; // prettier-ignore
const unit = (code: string, counts: Partial<Counts>): MapUnit => ({
  ...NONE,
  ...counts,
  code,
  name: `Phường ${code}`,
  lon: 105.8,
  lat: 21,
  outlined: true,
});

describe("shares", () => {
  it("reach a band, or do not", () => {
    expect([0.9, 0.89999, 0.5, 0, 1].map((share) => bandOf(share, BANDS))).toEqual([0, 1, 1, 2, 0]);
  });
  it("are written as people write them", () => {
    expect(percent(0.917, "vi")).toBe("91,7%");
    expect(percent(1, "en")).toBe("100%");
  });
  it("have colours of their own, however many bands there are", () => {
    for (const number of [2, 3, 5, 6]) {
      const colors = Array.from({ length: number }, (_, place) => bandColor(place, number));
      expect(new Set(colors).size).toBe(number);
    }
  });
});

describe("classes of a map", () => {
  it("are none, and quarters of the rest", () => {
    expect(steps([0, 0, 1, 2, 3, 4, 5, 6, 7, 80])).toEqual([[0, 0], [1, 2], [3, 4], [5, 6], [7, 80]]); // prettier-ignore
    expect(steps([3, 3, 3])).toEqual([[0, 0], [1, 3]]); // prettier-ignore
    expect(steps([])).toEqual([[0, 0]]);
  });
  it("hold every unit once, and those of which nothing is known nowhere", () => {
    const units = [
      unit("a", { share: 1 }),
      unit("b", { share: 0.6 }),
      unit("c", {}),
      unit("d", { share: 0.91 }),
    ];
    const { classes, of } = classify(units, "share", BANDS);
    expect([...of]).toEqual([["a", 0], ["b", 1], ["c", null], ["d", 0]]); // prettier-ignore
    expect(classes.map((one) => one.units)).toEqual([2, 1, 0]);
  });
  it("count what is open now", () => {
    const { of, classes } = classify([unit("a", { green: 2, paused: 1 }), unit("b", {})], "open", BANDS);
    expect(classes.map(({ from, to, units }) => [from, to, units])).toEqual([[0, 0, 1], [1, 3, 1]]); // prettier-ignore
    expect(of.get("a")).toBe(1);
  });
});

describe("the drawing", () => {
  it("has north above and east on the right", () => {
    const [[x1, y1], [x2, y2]] = [flat([105, 21]), flat([106, 22])];
    expect(x2).toBeGreaterThan(x1);
    expect(y2).toBeLessThan(y1);
  });
  it("is framed with a margin", () => {
    const frame = frameOf([[105, 21], [106, 20]], 0.1); // prettier-ignore
    expect(frame.height).toBeCloseTo(1.2);
    expect(frame.y).toBeCloseTo(-21.1);
  });
  it("closes every ring", () => {
    const ring = [[105, 21], [105.1, 21], [105, 21.1], [105, 21]]; // prettier-ignore
    expect(outlinePath([[ring], [ring]]).match(/Z/g)).toHaveLength(2);
  });
  it("counts up in round steps", () => {
    expect(scaleOf(7).lines).toEqual([0, 2, 4, 6, 8]);
    expect(scaleOf(0).top).toBe(1);
    expect(scaleOf(412).lines).toEqual([0, 200, 400, 600]);
  });
});

describe("periods", () => {
  const now = Date.parse("2026-11-22T18:30:00Z"); // 23 November in Hanoi
  it("end today in Hanoi and count both days", () => {
    expect(daysOf(7, { from: "", to: "" }, now)).toEqual({ from: "2026-11-17", to: "2026-11-23" });
  });
  it("of one's own never end before they begin", () => {
    expect(daysOf("own", { from: "2026-05-02", to: "2026-05-01" }, now)).toEqual({
      from: "2026-05-01",
      to: "2026-05-01",
    });
    expect(daysOf("own", { from: "2026-05-02", to: "" }, now)).toEqual({
      from: "2026-05-02",
      to: "2026-11-23",
    });
  });
});

it("writes a sheet that opens as numbers and never as formulas", () => {
  const board = {
    total: { ...NONE, received: 3, share: 0.5 },
    units: [{ ...NONE, unit: { code: "00004", name: '=Phường "Ba Đình"' } }],
    procedures: [{ ...NONE, procedure: { code: "1.1", name_vi: "Tách", name_en: "Split" } }],
  } as unknown as Board;
  const lines = sheet(board, "vi", (column) => column).split("\r\n");
  expect(lines[0]?.startsWith('\ufeff"kind","code","name","filed"')).toBe(true);
  expect(lines[1]).toBe('"all","","",0,3,0,0,0,0.5000,0,0,0,0,0,0,0,0,0,0,,');
  expect(lines[2]?.startsWith(`"unit","00004","'=Phường ""Ba Đình""",0`)).toBe(true);
  expect(lines).toHaveLength(5);
});
