/** What the person's own work draws over the fabric: selection, sketch, preview, refusal, conflict. */
import type {
  ExpressionSpecification,
  FilterSpecification,
  GeoJSONSourceSpecification,
  LayerSpecification,
} from "maplibre-gl";
import { FONT, LIVE } from "./layers";
import { INK } from "./palette";

export const WORK_SOURCES = [
  LIVE,
  "dossier",
  "selection",
  "side",
  "chosen",
  "preview",
  "preview-edges",
  "conflict",
  "sketch",
  "refusal",
  "remarks",
  "snap",
  "units",
] as const;
export type WorkSource = (typeof WORK_SOURCES)[number];

/** No simplification: a boundary is shown where it is, to the millimetre the screen can show. */
export const emptySource = (): GeoJSONSourceSpecification => ({
  type: "geojson",
  data: { type: "FeatureCollection", features: [] },
  tolerance: 0,
  maxzoom: 20,
});

const NEW: FilterSpecification = ["==", ["get", "status"], "new"];
const OLD: FilterSpecification = ["==", ["get", "status"], "old"];
const POINT: FilterSpecification = ["==", ["geometry-type"], "Point"];

export function workLayers(): LayerSpecification[] {
  return [
    ...dossierLayers(),
    ...selectionLayers(),
    ...previewLayers(),
    ...conflictLayers(),
    ...sketchLayers(),
    ...remarkLayers(),
  ];
}

/** Parcels of the open dossier: as they were bound (`then`), as they are, and those that came of it. */
function dossierLayers(): LayerSpecification[] {
  const color: ExpressionSpecification = ["match", ["get", "role"], "result", INK.result, INK.dossier];
  const now: FilterSpecification = ["!=", ["get", "role"], "then"];
  return [
    {
      id: "dossier-fill",
      type: "fill",
      source: "dossier",
      filter: now,
      paint: { "fill-color": color, "fill-opacity": 0.14 },
    },
    {
      id: "dossier-casing",
      type: "line",
      source: "dossier",
      filter: now,
      layout: { "line-join": "round" },
      paint: { "line-color": "#fff", "line-width": 7, "line-opacity": 0.9 },
    },
    {
      id: "dossier-line",
      type: "line",
      source: "dossier",
      filter: now,
      layout: { "line-join": "round" },
      paint: { "line-color": color, "line-width": 3.5 },
    },
    {
      id: "dossier-then",
      type: "line",
      source: "dossier",
      filter: ["==", ["get", "role"], "then"],
      paint: { "line-color": INK.removed, "line-width": 2, "line-dasharray": [2, 2] },
    },
  ];
}

/** Words on a side of a parcel: the side, and a number that stands beside the words. */
function remarkLayers(): LayerSpecification[] {
  return [
    {
      id: "remark-line",
      type: "line",
      source: "remarks",
      layout: { "line-cap": "round" },
      paint: {
        "line-color": INK.remark,
        "line-width": ["case", ["get", "shown"], 9, 6],
        "line-opacity": ["case", ["get", "resolved"], 0.35, 0.85],
      },
    },
    {
      id: "remark-point",
      type: "circle",
      source: "remarks",
      filter: POINT,
      paint: {
        "circle-radius": 13,
        "circle-color": ["case", ["get", "resolved"], "#a8a29e", INK.remark],
        "circle-stroke-color": "#fff",
        "circle-stroke-width": 2.5,
      },
    },
    {
      id: "remark-number",
      type: "symbol",
      source: "remarks",
      filter: POINT,
      layout: {
        "text-field": ["get", "number"],
        "text-font": FONT.strong,
        "text-size": 15,
        "text-allow-overlap": true,
      },
      paint: { "text-color": "#fff" },
    },
  ];
}

function selectionLayers(): LayerSpecification[] {
  return [
    {
      id: "selection-fill",
      type: "fill",
      source: "selection",
      paint: { "fill-color": INK.selection, "fill-opacity": 0.07 },
    },
    {
      id: "selection-casing",
      type: "line",
      source: "selection",
      layout: { "line-join": "round" },
      paint: { "line-color": "#ffffff", "line-width": 6, "line-opacity": 0.9 },
    },
    {
      id: "selection-line",
      type: "line",
      source: "selection",
      layout: { "line-join": "round" },
      paint: { "line-color": INK.selection, "line-width": 3 },
    },
    {
      id: "side-line",
      type: "line",
      source: "side",
      layout: { "line-cap": "round" },
      paint: { "line-color": "#f59e0b", "line-width": 7 },
    },
    {
      id: "chosen-fill",
      type: "fill",
      source: "chosen",
      paint: { "fill-color": INK.created, "fill-opacity": 0.22 },
    },
    {
      id: "chosen-line",
      type: "line",
      source: "chosen",
      layout: { "line-join": "round" },
      paint: { "line-color": INK.created, "line-width": 2.5 },
    },
  ];
}

function previewLayers(): LayerSpecification[] {
  return [
    {
      id: "preview-fill",
      type: "fill",
      source: "preview",
      paint: {
        "fill-color": ["match", ["get", "role"], "adjacent", "#94a3b8", "#f59e0b"],
        "fill-opacity": ["match", ["get", "role"], "adjacent", 0.14, 0.3],
      },
    },
    {
      id: "preview-old",
      type: "line",
      source: "preview-edges",
      filter: OLD,
      paint: { "line-color": INK.removed, "line-width": 2.2, "line-dasharray": [2, 2] },
    },
    {
      id: "preview-new-casing",
      type: "line",
      source: "preview-edges",
      filter: NEW,
      layout: { "line-cap": "round" },
      paint: { "line-color": "#fff", "line-width": 7 },
    },
    {
      id: "preview-new",
      type: "line",
      source: "preview-edges",
      filter: NEW,
      layout: { "line-cap": "round" },
      paint: { "line-color": INK.created, "line-width": 3.5 },
    },
    {
      id: "preview-label",
      type: "symbol",
      source: "preview",
      filter: ["==", ["get", "role"], "subject"],
      layout: {
        "text-field": ["get", "caption"],
        "text-font": FONT.strong,
        "text-size": 15,
        "text-allow-overlap": true,
      },
      paint: { "text-color": "#7c2d12", "text-halo-color": "#fff", "text-halo-width": 2 },
    },
  ];
}

function conflictLayers(): LayerSpecification[] {
  const color: ExpressionSpecification = [
    "match",
    ["get", "side"],
    "mine",
    INK.mine,
    "theirs",
    INK.theirs,
    INK.base,
  ];
  return [
    {
      id: "conflict-fill",
      type: "fill",
      source: "conflict",
      paint: { "fill-color": color, "fill-opacity": 0.13 },
    },
    {
      id: "conflict-line",
      type: "line",
      source: "conflict",
      layout: { "line-join": "round" },
      paint: {
        "line-color": color,
        "line-width": ["match", ["get", "side"], "base", 5, "theirs", 3.5, 2.5],
        "line-opacity": 0.9,
      },
    },
  ];
}

function sketchLayers(): LayerSpecification[] {
  return [
    {
      id: "sketch-ghost",
      type: "line",
      source: "sketch",
      filter: ["==", ["get", "role"], "ghost"],
      paint: { "line-color": INK.sketch, "line-width": 2, "line-dasharray": [2, 1.5], "line-opacity": 0.8 },
    },
    {
      id: "sketch-casing",
      type: "line",
      source: "sketch",
      filter: ["==", ["get", "role"], "line"],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": "#fff", "line-width": 6 },
    },
    {
      id: "sketch-line",
      type: "line",
      source: "sketch",
      filter: ["==", ["get", "role"], "line"],
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-color": INK.refused, "line-width": 3 },
    },
    {
      id: "sketch-point",
      type: "circle",
      source: "sketch",
      filter: POINT,
      paint: {
        "circle-radius": 6,
        "circle-color": ["case", ["==", ["get", "exact"], true], INK.refused, "#ffffff"],
        "circle-stroke-color": INK.refused,
        "circle-stroke-width": 2.5,
      },
    },
    {
      id: "refusal-casing",
      type: "line",
      source: "refusal",
      layout: { "line-cap": "round" },
      paint: { "line-color": "#fff", "line-width": 10 },
    },
    {
      id: "refusal-line",
      type: "line",
      source: "refusal",
      layout: { "line-cap": "round" },
      paint: { "line-color": INK.refused, "line-width": 6 },
    },
    {
      id: "refusal-point",
      type: "circle",
      source: "refusal",
      filter: POINT,
      paint: {
        "circle-radius": 9,
        "circle-color": "rgba(200,30,30,0.25)",
        "circle-stroke-color": INK.refused,
        "circle-stroke-width": 3,
      },
    },
    {
      id: "snap-edge",
      type: "line",
      source: "snap",
      paint: { "line-color": "#059669", "line-width": 4, "line-opacity": 0.7 },
    },
    {
      id: "snap-point",
      type: "circle",
      source: "snap",
      filter: POINT,
      paint: {
        "circle-radius": ["match", ["get", "snap"], "vertex", 10, "edge", 8, 5],
        "circle-color": ["match", ["get", "snap"], "none", "#7c2d12", "rgba(5,150,105,0.2)"],
        "circle-stroke-color": ["match", ["get", "snap"], "none", "#ffffff", "#059669"],
        "circle-stroke-width": 3,
      },
    },
  ];
}
