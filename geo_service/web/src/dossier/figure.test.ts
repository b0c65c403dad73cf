import { expect, it } from "vitest";
import { labelPlace, pathOf, projection, SIZE } from "./figure";

const bounds: [number, number, number, number] = [105, 21, 105.001, 21.001];
const project = projection(bounds);

it("puts north up and keeps everything inside", () => {
  const [west, south] = project([105, 21]);
  const [east, north] = project([105.001, 21.001]);
  expect(north).toBeLessThan(south);
  for (const value of [west, south, east, north]) {
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThanOrEqual(SIZE);
  }
});

it("draws a metre as long eastward as northward", () => {
  const [x0, y0] = project([105, 21]);
  const [x1] = project([105.001, 21]);
  const [, y1] = project([105, 21.001]);
  // a degree of longitude is shorter here by about the cosine of the latitude (GRS80: 0.9391)
  expect((x1 - x0) / (y0 - y1)).toBeCloseTo(0.9391, 3);
});

it("closes rings and leaves lines open", () => {
  const line = [
    [105, 21],
    [105.001, 21],
  ];
  expect(pathOf([line], project, true)).toMatch(/^M[\d. ]+L[\d. ]+Z$/);
  expect(pathOf([line], project, false)).not.toContain("Z");
});

it("writes inside a parcel that bends around another", () => {
  // a U: its centre of gravity lies outside
  const ring = [
    [105, 21],
    [105.001, 21],
    [105.001, 21.001],
    [105.0008, 21.001],
    [105.0008, 21.0002],
    [105.0002, 21.0002],
    [105.0002, 21.001],
    [105, 21.001],
  ];
  const [x] = labelPlace([ring], project);
  const [hole0] = project([105.0002, 21]);
  const [hole1] = project([105.0008, 21]);
  expect(x < hole0 || x > hole1).toBe(true);
});
