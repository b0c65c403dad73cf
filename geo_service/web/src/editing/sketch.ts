/** One tool in use: what it asks for next, what it makes of an input, and the intent it ends in. Pure. */
import type { Intent, Kind, LonLat, Mm, ParcelRef, Point } from "../api/types";
import { parseNumber } from "../format";
import { acrossBoundary, boundaryPath, type SketchPoint, type SnapEdge, type SnapFace } from "./geometry";

export type Tool = Exclude<Intent["type"], "revert">;

export const TOOLS: readonly Tool[] = [
  "split_by_line",
  "split_by_area",
  "merge",
  "move_point",
  "move_boundary",
  "add_point",
  "transfer",
  "reclassify",
  "renumber",
];

export interface FactFields {
  land_use: string;
  kind: string;
  official_area: string;
  address: string;
  sheet: string;
  number: string;
}

export interface Sketch {
  tool: Tool;
  parcels: ParcelRef[];
  points: SketchPoint[];
  /** the side picked for a split by area, the segment for a new point */
  edge: SnapEdge | null;
  /** the old boundary of a moved one */
  path: { mm: Mm; lonlat: LonLat }[] | null;
  /** the dividing line of a transfer is complete; the piece comes next */
  lineDone: boolean;
  area: string;
  half: "near" | "far";
  facts: FactFields;
}

export type Want =
  | "parcel"
  | "second_parcel"
  | "parcels"
  | "point"
  | "vertex"
  | "end_vertex"
  | "side"
  | "edge"
  | "piece"
  | "form";

export interface Hit {
  point: SketchPoint;
  edge: SnapEdge | null;
  parcel: ParcelRef | null;
  faces: readonly SnapFace[];
}

const NO_FACTS: FactFields = {
  land_use: "",
  kind: "",
  official_area: "",
  address: "",
  sheet: "",
  number: "",
};

export function startSketch(tool: Tool, parcel: ParcelRef | null): Sketch {
  const takesParcel = !["move_point", "move_boundary", "add_point"].includes(tool);
  return {
    tool,
    parcels: parcel && takesParcel ? [parcel] : [],
    points: [],
    edge: null,
    path: null,
    lineDone: false,
    area: "",
    half: "near",
    facts: NO_FACTS,
  };
}

export function wants({ tool, parcels, points, edge, lineDone }: Sketch): Want {
  switch (tool) {
    case "split_by_line":
      return parcels.length ? "point" : "parcel";
    case "split_by_area":
      if (!parcels.length) return "parcel";
      return edge ? "form" : "side";
    case "merge":
      return "parcels";
    case "move_point":
      return points.length ? "point" : "vertex";
    case "move_boundary":
      if (points.length < 2) return points.length ? "end_vertex" : "vertex";
      return "point";
    case "add_point":
      return "edge";
    case "transfer":
      if (parcels.length < 2) return parcels.length ? "second_parcel" : "parcel";
      return lineDone ? "piece" : "point";
    case "reclassify":
    case "renumber":
      return parcels.length ? "form" : "parcel";
  }
}

const samePlace = (a: SketchPoint | undefined, b: SketchPoint) =>
  a?.lonlat[0] === b.lonlat[0] && a.lonlat[1] === b.lonlat[1];

/** What the sketch becomes after a click; the same object if the click means nothing here. */
export function accept(sketch: Sketch, hit: Hit): Sketch {
  const { parcels, points } = sketch;
  switch (wants(sketch)) {
    case "parcel":
      return hit.parcel ? { ...sketch, parcels: [hit.parcel] } : sketch;
    case "second_parcel":
      return hit.parcel && hit.parcel.id !== parcels[0]?.id
        ? { ...sketch, parcels: [...parcels, hit.parcel] }
        : sketch;
    case "parcels": {
      const { parcel } = hit;
      if (!parcel) return sketch;
      const others = parcels.filter(({ id }) => id !== parcel.id);
      return { ...sketch, parcels: others.length < parcels.length ? others : [...parcels, parcel] };
    }
    case "point":
      return samePlace(points.at(-1), hit.point) ? sketch : { ...sketch, points: [...points, hit.point] };
    case "vertex":
      return "mm" in hit.point.point ? { ...sketch, points: [hit.point] } : sketch;
    case "end_vertex": {
      const [from, to] = [points[0]?.point, hit.point.point];
      if (!from || !("mm" in from) || !("mm" in to)) return sketch;
      const path = boundaryPath(hit.faces, from.mm, to.mm);
      return path ? { ...sketch, points: [...points, hit.point], path } : sketch;
    }
    case "side":
      return hit.edge?.[0].mm && hit.edge[1].mm ? { ...sketch, edge: hit.edge } : sketch;
    case "edge":
      return hit.edge?.[0].mm && hit.edge[1].mm ? { ...sketch, edge: hit.edge, points: [hit.point] } : sketch;
    case "piece":
      return { ...sketch, points: [...points, hit.point] };
    case "form":
      return sketch;
  }
}

/** The other way round the ring, where the shorter one is not meant. */
export function turnPath(sketch: Sketch, faces: readonly SnapFace[]): Sketch {
  const [from, to] = [sketch.points[0]?.point, sketch.points[1]?.point];
  if (!sketch.path || !from || !to || !("mm" in from) || !("mm" in to)) return sketch;
  const short = boundaryPath(faces, from.mm, to.mm);
  const isShort = short?.length === sketch.path.length && short[1]?.mm.join() === sketch.path[1]?.mm.join();
  return { ...sketch, path: boundaryPath(faces, from.mm, to.mm, isShort) ?? sketch.path };
}

/** These tools are complete with their last click and need no confirmation. */
export function endsByItself({ tool, points, lineDone, parcels }: Sketch): boolean {
  if (tool === "move_point") return points.length === 2;
  if (tool === "add_point") return points.length === 1;
  return tool === "transfer" && lineDone && parcels.length === 2;
}

const sent = (points: SketchPoint[]): Point[] => points.map(({ point }) => point);
const named = (edge: SnapEdge): [Point, Point] | null => {
  const [a, b] = [edge[0].mm, edge[1].mm];
  return a && b ? [{ mm: a }, { mm: b }] : null;
};

/** The intent, or null while something is missing. */
export function toIntent(sketch: Sketch): Intent | null {
  const { tool, parcels, points, edge, path, facts } = sketch;
  const parcel = parcels[0]?.id;
  switch (tool) {
    case "split_by_line":
      return parcel !== undefined && points.length >= 2
        ? { type: tool, parcel, line: acrossBoundary(points) }
        : null;
    case "split_by_area": {
      const along = edge && named(edge);
      const area = parseNumber(sketch.area);
      if (parcel === undefined || !along || !(area > 0)) return null;
      // rings keep their land on the left, so the piece at the picked side lies right of the cut
      return { type: tool, parcel, area_m2: area, along, side: sketch.half === "near" ? "right" : "left" };
    }
    case "merge":
      return parcels.length >= 2 ? { type: tool, parcels: parcels.map(({ id }) => id) } : null;
    case "move_point": {
      const [from, to] = sent(points);
      return from && to ? { type: tool, from, to } : null;
    }
    case "move_boundary": {
      const [first, last, ...middle] = sent(points);
      if (!path || !first || !last) return null;
      return { type: tool, old: path.map(({ mm }) => ({ mm })), new: [first, ...middle, last] };
    }
    case "add_point": {
      const segment = edge && named(edge);
      const at = points[0]?.point;
      return segment && at ? { type: tool, segment, at } : null;
    }
    case "transfer": {
      const [from, to] = parcels;
      const piece = points.at(-1)?.point;
      const line = acrossBoundary(points.slice(0, -1));
      if (!sketch.lineDone || !from || !to || !piece || line.length < 2) return null;
      return { type: tool, from: from.id, to: to.id, line, piece };
    }
    case "reclassify":
      return parcel === undefined ? null : reclassify(parcel, facts);
    case "renumber": {
      const [sheet, number] = [facts.sheet.trim(), facts.number.trim()];
      return parcel !== undefined && sheet && number ? { type: tool, parcel, sheet, number } : null;
    }
  }
}

function reclassify(parcel: number, facts: FactFields): Intent | null {
  const area = facts.official_area.trim() ? parseNumber(facts.official_area) : null;
  if (area !== null && !(area > 0)) return null;
  const changes = {
    ...(facts.land_use ? { land_use: facts.land_use } : {}),
    ...(facts.kind ? { kind: facts.kind as Kind } : {}),
    ...(area === null ? {} : { official_area_m2: area }),
    ...(facts.address.trim() ? { address: facts.address.trim() } : {}),
  };
  return Object.keys(changes).length ? { type: "reclassify", parcel, ...changes } : null;
}
