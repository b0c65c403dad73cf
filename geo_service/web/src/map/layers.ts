/** The layers of the fabric, made once for the tiles and once more for live changes drawn over them. */
import type { ExpressionSpecification, FilterSpecification, LayerSpecification } from "maplibre-gl";
import type { LandUse } from "../api/types";
import { faceColor, INK } from "./palette";

export const FONT = { text: ["Be Vietnam Pro Medium"], strong: ["Be Vietnam Pro Bold"] };
export const FABRIC = "fabric";
export const LIVE = "live";

/** Layers where a click finds a face, nearest to the eye first. */
export const FACE_LAYERS = ["live-fill", "delta-fill", "faces-fill"];

type Expression = ExpressionSpecification;
const BOUNDED: FilterSpecification = [
  "in",
  ["get", "kind"],
  ["literal", ["land", "unassigned", "disputed", "other"]],
];
const HATCHED: FilterSpecification = ["in", ["get", "kind"], ["literal", ["unassigned", "disputed"]]];

/** A parcel gets its label where it is large enough on the screen to hold it. */
const LABEL_FITS: FilterSpecification = [
  "all",
  ["!=", ["coalesce", ["get", "num"], ""], ""],
  [">=", ["coalesce", ["get", "area"], 0], ["step", ["zoom"], 1200, 18, 280, 19, 80, 20, 22, 21, 0]],
];

const boundaryWidth: Expression = [
  "interpolate",
  ["exponential", 1.5],
  ["zoom"],
  14,
  0.15,
  16,
  0.5,
  18,
  1,
  20,
  1.8,
  22,
  3,
];

interface FaceSource {
  prefix: string;
  source: string;
  sourceLayer?: string;
  landUse: readonly LandUse[];
}

export function faceLayers({ prefix, source, sourceLayer, landUse }: FaceSource): LayerSpecification[] {
  const from = sourceLayer ? { source, "source-layer": sourceLayer } : { source };
  return [
    {
      id: `${prefix}-fill`,
      type: "fill",
      ...from,
      paint: { "fill-color": faceColor(landUse) as Expression, "fill-antialias": true },
    },
    {
      id: `${prefix}-hatch`,
      type: "fill",
      ...from,
      filter: HATCHED,
      paint: { "fill-pattern": ["match", ["get", "kind"], "disputed", "hatch-disputed", "hatch"] },
    },
    {
      id: `${prefix}-boundary`,
      type: "line",
      ...from,
      minzoom: 14,
      filter: BOUNDED,
      layout: { "line-join": "round" },
      paint: {
        "line-color": [
          "interpolate",
          ["linear"],
          ["zoom"],
          14,
          "#e4ddd3",
          15,
          "#cfc7bb",
          16,
          "#a39b90",
          17,
          "#7c756d",
          18.5,
          INK.boundary,
        ],
        "line-width": boundaryWidth,
      },
    },
  ];
}

/** Number, a rule, area, land type: the label of the cadastral map. The rule is a stretched icon. */
export function labelLayer(id: string, source: string, sourceLayer?: string): LayerSpecification {
  const small = { "font-scale": 0.86 };
  return {
    id,
    type: "symbol",
    source,
    ...(sourceLayer ? { "source-layer": sourceLayer } : {}),
    minzoom: 17,
    filter: LABEL_FITS,
    layout: {
      "text-field": [
        "format",
        ["to-string", ["get", "num"]],
        { "text-font": ["literal", FONT.strong] },
        "\n",
        {},
        ["number-format", ["to-number", ["get", "area"]], { locale: "vi-VN", "max-fraction-digits": 1 }],
        small,
        "\n",
        {},
        ["coalesce", ["get", "lu"], ""],
        small,
      ],
      "text-font": FONT.text,
      "text-size": ["interpolate", ["linear"], ["zoom"], 17, 11, 19, 13, 21, 17],
      "text-line-height": 1.15,
      "text-padding": 1,
      "icon-image": "label-rule",
      "icon-text-fit": "both",
      "icon-text-fit-padding": [0, 2, 0, 2],
    },
    paint: {
      "text-color": INK.label,
      "text-halo-color": "rgba(255,255,255,0.75)",
      "text-halo-width": 1.1,
    },
  };
}

export function limitLayers(): LayerSpecification[] {
  const from = { source: FABRIC, "source-layer": "limits" } as const;
  return [
    {
      id: "limits-band",
      type: "line",
      ...from,
      layout: { "line-join": "round" },
      paint: {
        "line-color": INK.limitBand,
        "line-opacity": 0.45,
        "line-width": ["interpolate", ["linear"], ["zoom"], 8, 1, 13, 4, 18, 9],
      },
    },
    {
      id: "limits-line",
      type: "line",
      ...from,
      layout: { "line-join": "round" },
      paint: {
        "line-color": INK.limit,
        "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.6, 12, 1.2, 16, 2.2, 20, 3],
        "line-dasharray": [7, 2.5, 1.5, 2.5],
      },
    },
  ];
}

export function unitNameLayer(): LayerSpecification {
  return {
    id: "unit-names",
    type: "symbol",
    source: "units",
    minzoom: 8.5,
    maxzoom: 15.5,
    layout: {
      "text-field": ["get", "name"],
      "text-font": FONT.strong,
      "text-size": ["interpolate", ["linear"], ["zoom"], 8.5, 11, 11, 14, 15, 19],
      "text-max-width": 7,
      "text-padding": 6,
      "symbol-sort-key": ["-", 0, ["get", "faces"]],
    },
    paint: {
      "text-color": ["case", [">", ["get", "faces"], 0], INK.unitName, "#8a8178"],
      "text-halo-color": "rgba(255,255,255,0.92)",
      "text-halo-width": 1.8,
      "text-opacity": ["interpolate", ["linear"], ["zoom"], 14.5, 1, 15.5, 0],
    },
  };
}
