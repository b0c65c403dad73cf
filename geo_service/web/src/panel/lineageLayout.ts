import type { Lineage } from "../api/types";

export interface Placed {
  id: number;
  row: number;
  column: number;
}

/** Land (m²) that rounding a vertex to the millimetre can move from one parcel to another. */
const SLIVER = 0.05;

/** Leaves out what only rounding has handed over, and parcels that then have nothing to do with this one. */
export function withoutSlivers({ nodes, edges }: Lineage, current: number): Lineage {
  const real = edges.filter(({ shared_m2 }) => shared_m2 >= SLIVER);
  const linked = new Set([current, ...real.flatMap(({ parent, child }) => [parent, child])]);
  return { nodes: nodes.filter(({ id }) => linked.has(id)), edges: real };
}

/** Places a lineage in rows, oldest first: a parcel stands below every parcel it came from. */
export function layoutLineage({ nodes, edges }: Lineage): Placed[] {
  const known = new Set(nodes.map(({ id }) => id));
  const parents = new Map<number, number[]>();
  for (const { parent, child } of edges) {
    if (known.has(parent) && known.has(child)) parents.set(child, [...(parents.get(child) ?? []), parent]);
  }
  const rows = new Map<number, number>();
  const rowOf = (id: number, path: ReadonlySet<number>): number => {
    const found = rows.get(id);
    if (found !== undefined) return found;
    if (path.has(id)) return 0;
    const above = (parents.get(id) ?? []).map((parent) => rowOf(parent, new Set([...path, id])));
    const row = above.length ? Math.max(...above) + 1 : 0;
    rows.set(id, row);
    return row;
  };
  const columns = new Map<number, number>();
  return [...nodes]
    .sort((a, b) => a.seq_from - b.seq_from || a.id - b.id)
    .map(({ id }) => {
      const row = rowOf(id, new Set());
      const column = columns.get(row) ?? 0;
      columns.set(row, column + 1);
      return { id, row, column };
    });
}
