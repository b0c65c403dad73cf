import { describe, expect, it } from "vitest";
import { chance, CLASSES, classLabel, COLOUR, hitsOf } from "./classes";

describe("classes of a forecast", () => {
  it("rise, and the map's colours change where the legend says", () => {
    const froms = CLASSES.map(({ from }) => from);
    expect(froms).toEqual([...froms].sort((a, b) => a - b));
    expect(COLOUR.slice(2)).toEqual([
      CLASSES[0]?.colour,
      ...CLASSES.slice(1).flatMap(({ from, colour }) => [from, colour]),
    ]);
  });

  it("are said without a gap", () => {
    expect(CLASSES.map((_one, place) => classLabel(place, "en"))).toEqual([
      "< 2%",
      "2% – 5%",
      "5% – 10%",
      "10% – 20%",
      "≥ 20%",
    ]);
  });

  it("say a small chance as more than none", () => {
    expect(chance(0.004, "vi")).toBe("0,4%");
    expect(chance(0.126, "vi")).toBe("13%");
  });

  it("count hits in parcels", () => {
    const figures = { k: 50, precision_at_k: 0.28, persistence_precision_at_k: 0.12, base_rate: 0.049 };
    expect(hitsOf(figures)).toEqual({ hits: 14, plain: 6, random: 2 });
  });
});
