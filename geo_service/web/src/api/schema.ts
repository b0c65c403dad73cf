/**
 * What goes over the wire, after the HTTP contract of the service. Written by hand in the shape that
 * openapi-typescript gives (`npm run api`), so that the generated file can take this one's place; the rest
 * of the application imports the names from `types.ts` only.
 *
 * Units: metres and square metres; `mm` are integer millimetres [easting, northing] in the CRS of the
 * fabric; `lonlat` is WGS84 for display.
 */
import type {
  Feature,
  FeatureCollection,
  Point as GeoPoint,
  LineString,
  MultiPolygon,
  Polygon,
} from "geojson";

import type { RuleVerdict } from "./dossierTypes";

type Mm = [x: number, y: number];
type LonLat = [lon: number, lat: number];
type Bounds = [west: number, south: number, east: number, north: number];
type Kind = "land" | "road" | "water" | "other" | "unassigned" | "disputed";
type Role = "subject" | "adjacent";

interface Vertex {
  mm: Mm;
  lonlat: LonLat;
}
interface ParcelRef {
  id: number;
  code?: string | null;
  label: string;
}

type Point = { mm: Mm } | { lonlat: LonLat } | { en: [easting: number, northing: number] };

type Intent =
  | { type: "split_by_line"; parcel: number; line?: Point[]; lines?: Point[][] }
  | { type: "split_by_area"; parcel: number; area_m2: number; along: [Point, Point]; side: "left" | "right" }
  | { type: "merge"; parcels: number[] }
  | { type: "move_point"; from: Point; to: Point }
  | { type: "move_boundary"; old: Point[]; new: Point[] }
  | { type: "add_point"; segment: [Point, Point]; at: Point }
  | { type: "transfer"; from: number; to: number; line: Point[]; piece: Point }
  | {
      type: "reclassify";
      parcel: number;
      land_use?: string;
      kind?: Kind;
      official_area_m2?: number;
      address?: string;
    }
  | { type: "renumber"; parcel: number; sheet: string; number: string }
  | { type: "revert"; seq: number };

type OutlineProperties = {
  id: number;
  label: string;
  kind: Kind;
  role: Role;
  area_m2: number;
  land_use: string | null;
  /** exact vertices, if the service sends them, so that later intents of the draft can name them */
  rings?: Vertex[][];
};

export interface components {
  schemas: {
    Mm: Mm;
    LonLat: LonLat;
    Bounds: Bounds;
    Kind: Kind;
    Role: Role;
    Vertex: Vertex;
    ParcelRef: ParcelRef;
    Point: Point;
    Intent: Intent;
    Problem: {
      type: string;
      title: string;
      title_vi?: string;
      status: number;
      detail?: string;
      detail_vi?: string;
      segments?: FeatureCollection<LineString | GeoPoint, { message?: string; message_vi?: string }>;
      winners?: { seq: number; kind: string; at: string }[];
      base?: FeatureCollection;
      mine?: FeatureCollection;
      theirs?: FeatureCollection;
      /** what stops an edit (`blocked`) */
      blocks?: { id: number; kind: string; reason: string; parcel?: number | string | null }[];
      /** rules of the map that the drawing breaks (`rules-broken`) */
      rules?: RuleVerdict[];
      /** papers that are missing (`papers-missing`) */
      missing?: { code: string; name_vi: string; name_en: string }[];
      /** actions that are possible instead (`out-of-step`) */
      possible?: string[];
      /** who could do it (`not-your-desk`) */
      role?: string;
      /** where authority is missing (`not-your-unit`) */
      unit?: string;
      /** seconds until the next try (429) */
      retry_after_s?: number;
    };
    MapInfo: {
      seq: number;
      srid: number;
      crs_name: string;
      simulated: boolean;
      /** who proposes a change does not enter it into the register */
      four_eyes?: boolean;
      title_vi: string;
      title_en: string;
      bounds: Bounds | null;
      tile_min_zoom: number;
      tile_max_zoom: number;
      faces: number;
      loads: { seq: number; at: string }[];
      first_seq_at: string | null;
      head_at: string | null;
    };
    Unit: {
      code: string;
      name: string;
      name_en: string;
      type: string;
      lon: number;
      lat: number;
      bounds: Bounds | null;
      faces: number;
      ended_on?: string | null;
      successor?: string | null;
    };
    LandUse: { code: string; name_vi: string; name_en: string; group: string | null; color: string };
    SearchItem: {
      type: "parcel" | "unit" | "place";
      matched: string;
      title: string;
      title_en: string;
      subtitle: string;
      subtitle_en: string;
      lon: number;
      lat: number;
      bounds: Bounds | null;
      parcel_id: number | null;
      code: string | null;
      current: boolean;
    };
    SearchResult: { items: components["schemas"]["SearchItem"][]; note: string | null };
    Side: {
      ring: number;
      index: number;
      length_m: number;
      neighbour: { id: number; label: string; kind: Kind } | null;
    };
    Parcel: {
      id: number;
      code: string | null;
      code_origin: string | null;
      kind: Kind;
      unit: { code: string; name: string; type: string } | null;
      sheet: string | null;
      number: string | null;
      land_use: { code: string; name_vi: string; name_en: string; color: string } | null;
      official_area_m2: number | null;
      computed_area_m2: number;
      address: string | null;
      source_id: string | null;
      parts: ParcelRef[];
      status: "current" | "retired";
      version: {
        id: number;
        seq_from: number;
        from: string;
        seq_to: number | null;
        to: string | null;
        cause: Role;
      };
      at_seq: number;
      geometry: Polygon;
      bounds: Bounds;
      rings: Vertex[][];
      sides: components["schemas"]["Side"][];
      successors: ParcelRef[];
      predecessors?: ParcelRef[];
    };
    HistoryItem: {
      seq: number;
      at: string;
      kind: string;
      cause: Role;
      reason: string | null;
      author: string | null;
      area_m2: number | null;
      retired: boolean;
    };
    Lineage: {
      nodes: (ParcelRef & { area_m2: number; seq_from: number; seq_to: number | null })[];
      edges: { parent: number; child: number; seq: number; kind: string; shared_m2: number }[];
    };
    BriefParcel: {
      id: number;
      code: string | null;
      label?: string | null;
      kind: Kind;
      sheet?: string | null;
      number?: string | null;
      land_use?: string | { code: string } | null;
      computed_area_m2?: number;
      seq_from: number;
      seq_to: number | null;
    };
    EditingFace: { id: number; kind: Kind; label: string; rings: Vertex[][] };
    Editing: { seq: number; faces: components["schemas"]["EditingFace"][] };
    Event: {
      seq: number;
      kind: string;
      at: string;
      bounds: Bounds | null;
      cells: string[] | null;
      retired: number[];
      created: { id: number; kind: Kind; code: string | null }[];
      /** a dossier that moved: nobody's name and no code */
      dossier?: components["schemas"]["MovedDossier"] | null;
    };
    MovedDossier: {
      id: string;
      procedure: string;
      unit: string;
      step: string;
      status: number;
      revision: number;
      kind: string;
    };
    LiveChange: components["schemas"]["Event"] & {
      features: FeatureCollection<Polygon | MultiPolygon> | null;
    };
    TimelineMark: { seq: number; at: string; kind: string };
    Draft: {
      id: string;
      base_seq: number;
      seq: number | null;
      reason: string | null;
      status: "open" | "submitted" | "committed" | "discarded";
      intents: Intent[];
      /** why an approver gave it back */
      returned_note?: string | null;
      submitted_at?: string | null;
      returned_by?: string | null;
      /** login of who proposes */
      owner?: string;
      /** the dossier it is the drawing of, and with which alone it is decided */
      dossier_id?: string | null;
      created_at: string;
      updated_at: string;
    };
    Affected: {
      id: number;
      label: string;
      kind: Kind;
      role: Role;
      area_before_m2: number | null;
      area_after_m2: number | null;
      area_change_m2: number | null;
      max_shift_mm: number | null;
      vertices_added: number;
    };
    Preview: {
      /** id of the draft that was looked at */
      draft: string;
      base_seq: number;
      seq: number;
      digest: string;
      intents: Intent[];
      created: FeatureCollection<Polygon, OutlineProperties>;
      retired: FeatureCollection<Polygon, OutlineProperties>;
      affected: components["schemas"]["Affected"][];
      certificate: {
        segments_cancelled: number;
        area_before_m2: number;
        area_after_m2: number;
        area_difference_m2: number;
      };
      lineage: { parent: number; child: number; shared_m2: number }[];
      /** what the rules of the map say of the result */
      rules?: RuleVerdict[];
      rebased: boolean;
    };
    CommitResult: {
      seq: number;
      change_set: { seq: number; kind: string; hash: string; certificate: unknown };
      parcels: { id: number; code: string | null; label: string; area_m2: number; new: boolean }[];
    };
    OutlineFeature: Feature<Polygon, OutlineProperties>;
  };
}
