/** Outlines of parcels as SVG paths in one frame, so that before and after lie over each other. Pure. */
import type { Feature, FeatureCollection, Geometry, Position } from "geojson";

export interface Outline {
  id: number;
  label: string;
  path: string;
  /** where its number stands */
  x: number;
  y: number;
}
export interface Frame {
  width: number;
  height: number;
}

const WIDTH = 320;
const MARGIN = 12;

function ringsOf(geometry: Geometry): Position[][] {
  if (geometry.type === "Polygon") return geometry.coordinates;
  return geometry.type === "MultiPolygon" ? geometry.coordinates.flat() : [];
}

/** The sets in one frame, metres to scale: a degree of longitude is shorter than one of latitude. */
export function outlines(sets: readonly FeatureCollection[]): { frame: Frame; sets: Outline[][] } {
  const points = sets.flatMap(({ features }) => features.flatMap(({ geometry }) => ringsOf(geometry).flat()));
  const lons = points.map(([lon = 0]) => lon);
  const lats = points.map(([, lat = 0]) => lat);
  const [west, east, south, north] = [
    Math.min(...lons),
    Math.max(...lons),
    Math.min(...lats),
    Math.max(...lats),
  ];
  const narrow = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = (WIDTH - 2 * MARGIN) / Math.max((east - west) * narrow, north - south, 1e-9);
  const place = ([lon = 0, lat = 0]: Position): [number, number] => [
    MARGIN + (lon - west) * narrow * scale,
    MARGIN + (north - lat) * scale,
  ];
  const outline = ({ geometry, properties }: Feature): Outline => {
    const rings = ringsOf(geometry).map((ring) => ring.map(place));
    const path = rings
      .map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}Z`)
      .join("");
    const corners = (rings[0] ?? []).slice(1);
    const mean = (axis: 0 | 1) =>
      corners.reduce((sum, corner) => sum + corner[axis], 0) / Math.max(corners.length, 1);
    return {
      id: Number(properties?.id),
      label: String(properties?.label ?? ""),
      path,
      x: mean(0),
      y: mean(1),
    };
  };
  return {
    frame: {
      width: (east - west) * narrow * scale + 2 * MARGIN || WIDTH,
      height: (north - south) * scale + 2 * MARGIN || WIDTH,
    },
    sets: sets.map(({ features }) => features.map(outline)),
  };
}
