/** The names the application uses for the things of the wire format. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Mm = Schemas["Mm"];
export type LonLat = Schemas["LonLat"];
export type Bounds = Schemas["Bounds"];
export type Kind = Schemas["Kind"];
export type Vertex = Schemas["Vertex"];
export type ParcelRef = Schemas["ParcelRef"];
export type Point = Schemas["Point"];
export type Intent = Schemas["Intent"];
export type Problem = Schemas["Problem"];
export type MapInfo = Schemas["MapInfo"];
export type Unit = Schemas["Unit"];
export type LandUse = Schemas["LandUse"];
export type SearchItem = Schemas["SearchItem"];
export type SearchResult = Schemas["SearchResult"];
export type Side = Schemas["Side"];
export type Parcel = Schemas["Parcel"];
export type HistoryItem = Schemas["HistoryItem"];
export type Lineage = Schemas["Lineage"];
export type BriefParcel = Schemas["BriefParcel"];
export type EditingFace = Schemas["EditingFace"];
export type Editing = Schemas["Editing"];
export type ChangeEvent = Schemas["Event"];
export type LiveChange = Schemas["LiveChange"];
export type MovedDossier = Schemas["MovedDossier"];
export type TimelineMark = Schemas["TimelineMark"];
export type Draft = Schemas["Draft"];
export type Affected = Schemas["Affected"];
export type Preview = Schemas["Preview"];
export type CommitResult = Schemas["CommitResult"];
export type OutlineFeature = Schemas["OutlineFeature"];

export type * from "./authority";
