import { describe, expect, it } from "vitest";
import type { SeriesPoint } from "../api/findings";
import { plotOf } from "./plot";

const SIZE = { width: 400, height: 200, left: 40, right: 10, top: 10, bottom: 30 };
const at = (date: string, ndvi: number | null): SeriesPoint => ({
  date,
  ndvi,
  ndbi: null,
  ndwi: null,
  bsi: null,
  observed: ndvi !== null,
});

describe("the plot of a series", () => {
  it("puts time from left to right whatever order the images come in, and high values above", () => {
    const plot = plotOf(
      [at("2026-01-01", 0.1), at("2024-01-01", 0.8), at("2025-01-01", 0.8)],
      ["ndvi"],
      [],
      SIZE,
    );
    const [line] = plot?.lines ?? [];
    expect(line?.points.map(({ date }) => date)).toEqual(["2024-01-01", "2025-01-01", "2026-01-01"]);
    expect(line?.points.map(({ x }) => Math.round(x))).toEqual([40, 215, 390]);
    const [first, , last] = line?.points ?? [];
    expect((first?.y ?? 0) < (last?.y ?? 0)).toBe(true);
    expect(plot?.years.map(({ year }) => year)).toEqual([2024, 2025, 2026]);
  });

  it("draws no line through what was not seen", () => {
    const plot = plotOf(
      [at("2024-01-01", 0.8), at("2024-06-01", 0.7), at("2025-01-01", null), at("2026-01-01", 0.1)],
      ["ndvi"],
      [],
      SIZE,
    );
    expect(plot?.lines[0]?.path.match(/M/g)).toHaveLength(2);
    expect(plot?.unseen).toHaveLength(1);
  });

  it("marks the two images that were compared, and leaves out one from before the series", () => {
    const series = [at("2024-01-01", 0.8), at("2025-01-01", 0.7), at("2026-01-01", 0.1)];
    const plot = plotOf(
      series,
      ["ndvi"],
      ["2024-01-01T03:00:00Z", "2026-01-01T03:00:00Z", "2020-01-01"],
      SIZE,
    );
    expect(plot?.marks.map(Math.round)).toEqual([40, 390]);
  });

  it("is none of two images, of one day, or of nothing seen", () => {
    expect(plotOf([at("2024-01-01", 0.8), at("2026-01-01", 0.1)], ["ndvi"], [], SIZE)).toBeNull();
    expect(
      plotOf(
        [1, 2, 3].map(() => at("2024-01-01", 0.8)),
        ["ndvi"],
        [],
        SIZE,
      ),
    ).toBeNull();
    expect(
      plotOf(
        ["2024-01-01", "2025-01-01", "2026-01-01"].map((d) => at(d, null)),
        ["ndvi"],
        [],
        SIZE,
      ),
    ).toBeNull();
  });
});
