/**
 * Puts nodes of a flow in rows and columns: which row, in which order, how far to the right. Knows nothing of procedures.
 * Rows from the longest way, order by barycentres with the fewest crossings seen, places by least squares with room between.
 */

/** Numbers are places in the list of nodes. */
export type Arc = readonly [from: number, to: number];

/** Arcs that lead back to where one has been, found by walking from the roots in order. */
export function backArcs(nodes: number, arcs: readonly Arc[]): Set<number> {
  const out: number[][] = Array.from({ length: nodes }, () => []);
  arcs.forEach(([from], i) => out[from]?.push(i));
  const state = new Array<"new" | "open" | "done">(nodes).fill("new");
  const back = new Set<number>();
  const walk = (root: number) => {
    const stack: { node: number; next: number }[] = [{ node: root, next: 0 }];
    state[root] = "open";
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const arc = out[top.node]?.[top.next];
      if (arc === undefined) {
        state[top.node] = "done";
        stack.pop();
        continue;
      }
      top.next += 1;
      const to = arcs[arc]?.[1] ?? 0;
      if (state[to] === "open") back.add(arc);
      else if (state[to] === "new") {
        state[to] = "open";
        stack.push({ node: to, next: 0 });
      }
    }
  };
  for (let node = 0; node < nodes; node += 1) if (state[node] === "new") walk(node);
  return back;
}

/** The row of each node: the longest way to it over arcs that do not lead back. */
export function ranks(nodes: number, forward: readonly Arc[]): number[] {
  const rank = new Array<number>(nodes).fill(0);
  // at most one round for each node, as nothing leads back
  for (let round = 0; round < nodes; round += 1) {
    let moved = false;
    for (const [from, to] of forward) {
      const least = (rank[from] ?? 0) + 1;
      if ((rank[to] ?? 0) < least) {
        rank[to] = least;
        moved = true;
      }
    }
    if (!moved) break;
  }
  return rank;
}

/** How many pairs of arcs between two rows cross, in this order of the lower row. */
function crossingsBetween(
  upper: readonly number[],
  lower: readonly number[],
  below: readonly number[][],
): number {
  const place = new Map(lower.map((node, i) => [node, i]));
  const ends = upper.map((node) => (below[node] ?? []).map((to) => place.get(to) ?? 0));
  let found = 0;
  for (let a = 0; a < ends.length; a += 1)
    for (let b = a + 1; b < ends.length; b += 1)
      for (const x of ends[a] ?? []) for (const y of ends[b] ?? []) if (x > y) found += 1;
  return found;
}

const ROUNDS = 12;

/** The order of each row with few crossings; arcs go from one row to the next. */
export function ordered(rows: readonly (readonly number[])[], arcs: readonly Arc[]): number[][] {
  const nodes = rows.flat().length;
  const above: number[][] = Array.from({ length: nodes }, () => []);
  const below: number[][] = Array.from({ length: nodes }, () => []);
  for (const [from, to] of arcs) {
    below[from]?.push(to);
    above[to]?.push(from);
  }
  const crossings = (order: readonly number[][]) =>
    order.slice(1).reduce((sum, row, i) => sum + crossingsBetween(order[i] ?? [], row, below), 0);
  let order = rows.map((row) => [...row]);
  let best = order;
  let fewest = crossings(order);
  for (let round = 0; round < ROUNDS && fewest > 0; round += 1) {
    const down = round % 2 === 0;
    order = order.map((row) => [...row]);
    const places = down ? order.keys() : [...order.keys()].reverse();
    for (const r of places) {
      const row = order[r] ?? [];
      const side = new Map((order[down ? r - 1 : r + 1] ?? []).map((node, i) => [node, i]));
      const mean = (node: number, own: number) => {
        const near = (down ? above : below)[node]?.flatMap((other) => side.get(other) ?? []) ?? [];
        return near.length ? near.reduce((a, b) => a + b, 0) / near.length : own;
      };
      const keyed = row.map((node, i) => ({ node, key: mean(node, i), i }));
      order[r] = keyed.sort((a, b) => a.key - b.key || a.i - b.i).map(({ node }) => node);
    }
    const found = crossings(order);
    if (found < fewest) {
      fewest = found;
      best = order;
    }
  }
  return best;
}

/**
 * The places nearest to the wanted ones that keep the order and the least distances to the one before (pool adjacent
 * violators, weighted). `apart[i]` is between i − 1 and i; the first is not looked at.
 */
export function spread(
  wanted: readonly number[],
  apart: readonly number[],
  weights: readonly number[],
): number[] {
  const offset: number[] = [];
  wanted.forEach((_, i) => offset.push(i === 0 ? 0 : (offset[i - 1] ?? 0) + (apart[i] ?? 0)));
  const pools: { sum: number; weight: number; count: number }[] = [];
  wanted.forEach((want, i) => {
    const weight = weights[i] ?? 1;
    let pool = { sum: (want - (offset[i] ?? 0)) * weight, weight, count: 1 };
    for (
      let last = pools.at(-1);
      last && last.sum / last.weight >= pool.sum / pool.weight;
      last = pools.at(-1)
    ) {
      pool = { sum: pool.sum + last.sum, weight: pool.weight + last.weight, count: pool.count + last.count };
      pools.pop();
    }
    pools.push(pool);
  });
  const flat = pools.flatMap(({ sum, weight, count }) => new Array<number>(count).fill(sum / weight));
  return flat.map((value, i) => value + (offset[i] ?? 0));
}

const SWEEPS = 16;

/** Where the middle of each node lies across; `straight`: how much a node wants to stand under its neighbour. */
export function columns(
  order: readonly (readonly number[])[],
  arcs: readonly Arc[],
  widths: readonly number[],
  gap: number,
  straight: readonly number[],
): number[] {
  const near: number[][] = widths.map(() => []);
  for (const [from, to] of arcs) {
    near[from]?.push(to);
    near[to]?.push(from);
  }
  const rowOf = new Map(order.flatMap((row, r) => row.map((node) => [node, r] as const)));
  const x = widths.map(() => 0);
  for (const row of order) {
    let at = 0;
    for (const node of row) {
      const half = (widths[node] ?? 0) / 2;
      x[node] = at + half;
      at += 2 * half + gap;
    }
    const middle = (at - gap) / 2;
    for (const node of row) x[node] = (x[node] ?? 0) - middle;
  }
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const side = sweep >= SWEEPS - 2 ? 0 : sweep % 2 === 0 ? -1 : 1;
    const places = side > 0 ? [...order.keys()].reverse() : [...order.keys()];
    for (const r of places) {
      const row = order[r] ?? [];
      const wanted = row.map((node) => {
        const those = (near[node] ?? []).filter((other) => side === 0 || rowOf.get(other) === r + side);
        const weight = those.reduce((sum, other) => sum + (straight[other] ?? 1), 0);
        if (!those.length) return x[node] ?? 0;
        return those.reduce((sum, other) => sum + (x[other] ?? 0) * (straight[other] ?? 1), 0) / weight;
      });
      const apart = row.map((node, i) =>
        i ? ((widths[row[i - 1] ?? 0] ?? 0) + (widths[node] ?? 0)) / 2 + gap : 0,
      );
      const found = spread(
        wanted,
        apart,
        row.map((node) => straight[node] ?? 1),
      );
      row.forEach((node, i) => (x[node] = found[i] ?? 0));
    }
  }
  return x;
}
