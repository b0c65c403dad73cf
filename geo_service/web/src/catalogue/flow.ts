/** The picture of a procedure: steps as boxes, actions as labelled arrows, ends that are no result listed inside the boxes. */
import type { Definition, FlowAction, FlowStep } from "../api/administrationTypes";
import { type Arc, backArcs, columns, ordered, ranks } from "./layers";

export type Measure = (text: string) => number;

/**
 * An action that is drawn inside its step's box: it stays there, ends the dossier without a result, leads nowhere, or away
 * from a step that nothing leads to.
 */
export interface Exit {
  action: number;
  kind: "stay" | "end" | "away" | "lost";
  lines: string[];
  y: number;
  h: number;
}
export interface FlowBox {
  step: number;
  x: number;
  y: number;
  w: number;
  h: number;
  lines: string[];
  /** height of what is about the step itself; its exits are below */
  head: number;
  /** below the name: who has it, and for how long */
  foot: string[];
  exits: Exit[];
}
export interface FlowPill {
  action: number;
  x: number;
  y: number;
  w: number;
  h: number;
  lines: string[];
  /** it leads to an earlier step */
  back: boolean;
}
export interface FlowLine {
  action: number;
  path: string;
  /** tip of the arrow, and whether it points down */
  tip: { x: number; y: number; down: boolean };
  back: boolean;
}
export interface Flow {
  width: number;
  height: number;
  boxes: FlowBox[];
  pills: FlowPill[];
  lines: FlowLine[];
  /** where the ends without a result and the steps nobody reaches begin, if there are any */
  apart: number | null;
}

export const BOX = 240;
export const LINE = 21;
export const HEAD = 44;
const PILL = 158;
const PAD = 10;
const GAP = 22;
const ROW_GAP = 30;
const MARGIN = 16;
const NARROW = 10;
const EXIT_TEXT = BOX - 78;

/** Words in lines no wider than `width`; a word that is wider has a line of its own. */
export function wrapped(text: string, width: number, measure: Measure): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const last = lines.at(-1);
    if (last !== undefined && measure(`${last} ${word}`) <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.length ? lines : ["…"];
}

/** Pieces side by side with dots between them, as many on a line as fit. */
function packed(pieces: readonly string[], width: number, measure: Measure): string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const joined = `${lines.at(-1) ?? ""} · ${piece}`;
    if (lines.length && measure(joined) <= width) lines[lines.length - 1] = joined;
    else lines.push(...wrapped(piece, width, measure));
  }
  return lines;
}

/** 3, 7 and 8 end a dossier without a result. */
const endsBadly = (step: FlowStep) => step.status === 3 || step.status === 7 || step.status === 8;

export interface Words {
  step: (step: FlowStep) => string;
  action: (action: FlowAction) => string;
  /** what stands below the name of a step; each piece stays together where it can */
  foot: (step: FlowStep) => string[];
}

interface Node {
  w: number;
  h: number;
  row: number;
}

/** Where everything is drawn. Whatever the definition is like, every step and every action that leaves one is somewhere. */
export function flowOf({ steps, actions }: Definition, words: Words, measure: Measure): Flow {
  const where = new Map<string, number>();
  steps.forEach((step, i) => where.has(step.code) || where.set(step.code, i));
  const reached = reachable(steps, actions, where);
  const inFlow = steps.map((step, i) => reached.has(i) && !endsBadly(step) && where.get(step.code) === i);
  const place = new Map<number, number>();
  steps.forEach((_, i) => inFlow[i] && place.set(i, place.size));

  const drawn: { action: number; arc: Arc }[] = [];
  const inside = new Map<number, Exit[]>();
  actions.forEach((action, i) => {
    const from = where.get(action.from);
    if (from === undefined) return;
    const to = where.get(action.to);
    const arc = [place.get(from), to === undefined ? undefined : place.get(to)] as const;
    if (arc[0] !== undefined && arc[1] !== undefined && arc[0] !== arc[1]) {
      drawn.push({ action: i, arc: [arc[0], arc[1]] });
      return;
    }
    const target = to === undefined ? undefined : steps[to];
    const kind = !target ? "lost" : to === from ? "stay" : endsBadly(target) ? "end" : "away";
    const lines = wrapped(words.action(action), EXIT_TEXT, measure);
    inside.set(from, [
      ...(inside.get(from) ?? []),
      { action: i, kind, lines, y: 0, h: lines.length * LINE + 12 },
    ]);
  });

  const boxes = steps.map((step, i) => boxOf(step, i, inside.get(i) ?? [], words, measure));
  const flowSteps = [...place.keys()];
  const back = backArcs(
    place.size,
    drawn.map(({ arc }) => arc),
  );
  const rank = ranks(
    place.size,
    drawn.filter((_, i) => !back.has(i)).map(({ arc }) => arc),
  );

  // steps stand in even rows, labels of actions in odd ones; longer ways pass through nodes without a picture
  const nodes: Node[] = flowSteps.map((step, i) => ({
    w: BOX,
    h: boxes[step]?.h ?? 0,
    row: 2 * (rank[i] ?? 0),
  }));
  const arcs: Arc[] = [];
  const chains: { action: number; back: boolean; chain: number[]; pill: number }[] = [];
  const labels = drawn.map(({ action }) => {
    const one = actions[action];
    const lines = wrapped(one ? words.action(one) : "", PILL - 2 * PAD, measure);
    const w = Math.max(...lines.map(measure)) + 2 * PAD + 4;
    return { lines, w: Math.max(w, 56), h: lines.length * LINE + 12 };
  });
  drawn.forEach(({ action, arc }, i) => {
    const leadsBack = back.has(i);
    const [top, bottom] = leadsBack ? [arc[1], arc[0]] : arc;
    const rows = [2 * (rank[top] ?? 0), 2 * (rank[bottom] ?? 0)] as const;
    const label = leadsBack ? rows[1] - 1 : rows[0] + 1;
    const chain = [top];
    let pill = -1;
    for (let row = rows[0] + 1; row < rows[1]; row += 1) {
      const isLabel = row === label;
      if (isLabel) pill = nodes.length;
      chain.push(nodes.length);
      nodes.push({ w: isLabel ? (labels[i]?.w ?? 0) : NARROW, h: isLabel ? (labels[i]?.h ?? 0) : 0, row });
    }
    chain.push(bottom);
    chain.slice(1).forEach((node, k) => arcs.push([chain[k] ?? 0, node]));
    chains.push({ action, back: leadsBack, chain, pill });
  });

  const rows: number[][] = Array.from({ length: Math.max(-1, ...nodes.map(({ row }) => row)) + 1 }, () => []);
  nodes.forEach(({ row }, i) => rows[row]?.push(i));
  const order = ordered(rows, arcs);
  const columnsAt = columns(
    order,
    arcs,
    nodes.map(({ w }) => w),
    GAP,
    nodes.map(({ w }) => (w === NARROW ? 4 : 1)),
  );
  const left = Math.min(...nodes.map(({ w }, i) => (columnsAt[i] ?? 0) - w / 2));
  nodes.forEach((_, i) => (columnsAt[i] = (columnsAt[i] ?? 0) - left + MARGIN));
  const tall = order.map((row) => Math.max(0, ...row.map((node) => nodes[node]?.h ?? 0)));
  const top: number[] = [];
  tall.forEach((_, r) => top.push(r ? (top[r - 1] ?? 0) + (tall[r - 1] ?? 0) + ROW_GAP : MARGIN));
  let width = Math.max(BOX + 2 * MARGIN, ...nodes.map(({ w }, i) => (columnsAt[i] ?? 0) + w / 2 + MARGIN));
  let height = tall.length ? (top.at(-1) ?? 0) + (tall.at(-1) ?? 0) + MARGIN : 0;

  const yOf = (node: number) => {
    const { row, h } = nodes[node] ?? { row: 0, h: 0 };
    // boxes hang from the top of their row, labels stand in its middle
    return (top[row] ?? 0) + (row % 2 ? ((tall[row] ?? 0) - h) / 2 : 0);
  };
  flowSteps.forEach((step, i) =>
    Object.assign(boxes[step] ?? {}, { x: (columnsAt[i] ?? 0) - BOX / 2, y: yOf(i) }),
  );
  const ports = portsOf(chains, nodes, columnsAt);
  const pills = chains.map(({ action, back: leadsBack, pill }, i): FlowPill => {
    const { w, h, lines } = labels[i] ?? { w: 0, h: 0, lines: [] };
    return { action, x: (columnsAt[pill] ?? 0) - w / 2, y: yOf(pill), w, h, lines, back: leadsBack };
  });
  const lines = chains.map((one): FlowLine => {
    const points = one.chain.flatMap((node, k): Point[] => {
      const { row, h } = nodes[node] ?? { row: 0, h: 0 };
      const first = k === 0;
      const last = k === one.chain.length - 1;
      const middle = columnsAt[node] ?? 0;
      const at = first || last ? (ports.get(`${one.action}/${first ? "out" : "in"}`) ?? middle) : middle;
      if (first) return [[at, yOf(node) + h]];
      if (last) return [[at, yOf(node)]];
      if (node === one.pill)
        return [
          [at, yOf(node)],
          [at, yOf(node) + h],
        ];
      return [
        [at, top[row] ?? 0],
        [at, (top[row] ?? 0) + (tall[row] ?? 0)],
      ];
    });
    const [x, y] = (one.back ? points[0] : points.at(-1)) ?? [0, 0];
    const tip = { x, y, down: !one.back };
    return { action: one.action, path: curve(points), tip, back: one.back };
  });

  // what is left: ends without a result, steps nobody reaches
  const rest = steps.flatMap((_, i) => (inFlow[i] ? [] : [i]));
  const apart = rest.length ? height + 34 : null;
  if (apart !== null) {
    const most = Math.max(3, Math.floor((width - MARGIN) / (BOX + GAP)));
    let y = apart;
    for (let first = 0; first < rest.length; first += most) {
      const line = rest.slice(first, first + most).map((i) => boxes[i]);
      line.forEach((box, i) => box && Object.assign(box, { x: MARGIN + i * (BOX + GAP), y }));
      width = Math.max(width, 2 * MARGIN + line.length * (BOX + GAP) - GAP);
      y += Math.max(...line.map((box) => box?.h ?? 0)) + GAP;
    }
    height = y - GAP + MARGIN;
  }
  return { width: Math.ceil(width), height: Math.ceil(height), boxes, pills, lines, apart };
}

function reachable(
  steps: readonly FlowStep[],
  actions: readonly FlowAction[],
  where: Map<string, number>,
): Set<number> {
  const seen = new Set(steps.length ? [0] : []);
  for (const at of seen) {
    for (const action of actions) {
      const to = action.from === steps[at]?.code ? where.get(action.to) : undefined;
      if (to !== undefined) seen.add(to);
    }
  }
  return seen;
}

function boxOf(step: FlowStep, index: number, exits: Exit[], words: Words, measure: Measure): FlowBox {
  const lines = wrapped(words.step(step), BOX - HEAD - PAD, measure);
  const foot = packed(words.foot(step), BOX - HEAD - PAD - 22, measure);
  let y = PAD + Math.max(lines.length * LINE, 30) + foot.length * LINE + PAD;
  const head = y;
  if (exits.length) y += 4;
  const placed = exits.map((exit) => {
    const at = { ...exit, y };
    y += exit.h;
    return at;
  });
  return { step: index, x: 0, y: 0, w: BOX, h: y + (exits.length ? 4 : 0), head, lines, foot, exits: placed };
}

/** Where lines leave and reach boxes: side by side in the order of what they lead to. */
function portsOf(
  chains: readonly { action: number; chain: number[] }[],
  nodes: readonly Node[],
  x: readonly number[],
): Map<string, number> {
  const found = new Map<string, number>();
  const sides = new Map<string, { key: string; towards: number; node: number }[]>();
  for (const { action, chain } of chains) {
    const ends = [
      { key: `${action}/out`, node: chain[0] ?? 0, next: chain[1] ?? 0, side: "bottom" },
      { key: `${action}/in`, node: chain.at(-1) ?? 0, next: chain.at(-2) ?? 0, side: "top" },
    ];
    for (const { key, node, next, side } of ends) {
      const at = `${node}/${side}`;
      sides.set(at, [...(sides.get(at) ?? []), { key, towards: x[next] ?? 0, node }]);
    }
  }
  for (const ends of sides.values()) {
    const sorted = ends.toSorted((a, b) => a.towards - b.towards);
    sorted.forEach(({ key, node }, i) => {
      const w = (nodes[node]?.w ?? 0) - 48;
      const step = Math.min(44, sorted.length > 1 ? w / (sorted.length - 1) : 0);
      found.set(key, (x[node] ?? 0) + (i - (sorted.length - 1) / 2) * step);
    });
  }
  return found;
}

type Point = [x: number, y: number];

/** A line that leaves and reaches every point upright. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let [px, py] = first;
  const parts = [`M${round(px)} ${round(py)}`];
  for (const [x, y] of rest) {
    const middle = round((py + y) / 2);
    parts.push(
      Math.abs(x - px) < 0.5
        ? `L${round(x)} ${round(y)}`
        : `C${round(px)} ${middle} ${round(x)} ${middle} ${round(x)} ${round(y)}`,
    );
    [px, py] = [x, y];
  }
  return parts.join("");
}

const round = (value: number) => Math.round(value * 10) / 10;
