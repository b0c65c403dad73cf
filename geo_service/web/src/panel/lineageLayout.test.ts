import { expect, it } from "vitest";
import { layoutLineage, withoutSlivers } from "./lineageLayout";

const node = (id: number, seq_from: number) => ({
  id,
  code: null,
  label: String(id),
  area_m2: 1,
  seq_from,
  seq_to: null,
});
const edge = (parent: number, child: number) => ({ parent, child, seq: 1, kind: "split", shared_m2: 1 });

it("puts children below all their parents", () => {
  const placed = layoutLineage({
    nodes: [node(1, 1), node(2, 5), node(3, 5), node(4, 9)],
    edges: [edge(1, 2), edge(1, 3), edge(3, 4), edge(1, 4), edge(99, 1)],
  });
  expect(placed).toEqual([
    { id: 1, row: 0, column: 0 },
    { id: 2, row: 1, column: 0 },
    { id: 3, row: 1, column: 1 },
    { id: 4, row: 2, column: 0 },
  ]);
});

it("survives a circle in bad data", () => {
  const placed = layoutLineage({ nodes: [node(1, 1), node(2, 2)], edges: [edge(1, 2), edge(2, 1)] });
  expect(placed).toHaveLength(2);
});

it("does not show what only rounding has handed over", () => {
  const lineage = {
    nodes: [node(1, 1), node(2, 5), node(9, 1)],
    edges: [edge(1, 2), { ...edge(9, 2), shared_m2: 0.0014 }],
  };
  expect(withoutSlivers(lineage, 2).nodes.map(({ id }) => id)).toEqual([1, 2]);
});
