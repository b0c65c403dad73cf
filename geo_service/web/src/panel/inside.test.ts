import { expect, it } from "vitest";
import { insidePoint } from "./inside";

it("stays out of holes and notches", () => {
  const place = insidePoint({
    type: "Polygon",
    coordinates: [
      [
        [0, 0],
        [10, 0],
        [10, 10],
        [0, 10],
        [0, 0],
      ],
      [
        [1, 1],
        [8, 1],
        [8, 9],
        [1, 9],
        [1, 1],
      ],
    ],
  });
  expect(place?.[0]).toBeGreaterThan(8);
  expect(place?.[0]).toBeLessThan(10);
});
