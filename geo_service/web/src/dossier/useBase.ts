import { useQueries } from "@tanstack/react-query";
import type { Parcel, Preview } from "../api/types";
import { api } from "../api/endpoints";
import type { Picture } from "./Compare";

interface Base {
  faces: Picture["faces"];
  /** parcels that lay otherwise when the drawing was begun */
  moved: boolean;
}

/** The parcels a drawing is about as they were when it was begun; undefined until all are there. */
export function useBase(preview: Preview | undefined): Base | undefined {
  const about = preview?.retired.features.filter(({ properties }) => properties.role === "subject") ?? [];
  const at = preview?.base_seq ?? 0;
  const { parcels, waiting } = useQueries({
    queries: about.map(({ properties: { id } }) => ({
      queryKey: ["parcel", String(id), at],
      queryFn: () => api.parcel(id, at),
      staleTime: Number.POSITIVE_INFINITY,
      retry: false,
    })),
    combine: (results) => ({
      parcels: results.flatMap(({ data }) => data ?? []),
      waiting: results.some(({ isPending }) => isPending),
    }),
  });
  if (!preview || waiting) return undefined;
  const now = new Map(about.map(({ properties: { id, rings } }) => [id, corners(rings ?? [])]));
  return {
    faces: { type: "FeatureCollection", features: parcels.map(faceOf) },
    // a parcel that was not there yet is one that has changed
    moved: parcels.length < about.length || parcels.some(({ id, rings }) => now.get(id) !== corners(rings)),
  };
}

const corners = (rings: Parcel["rings"]): string =>
  JSON.stringify(rings.map((ring) => ring.map(({ mm }) => mm)));

const faceOf = ({
  id,
  sheet,
  number,
  geometry,
  computed_area_m2,
}: Parcel): Picture["faces"]["features"][number] => ({
  type: "Feature",
  geometry,
  properties: { id, label: [sheet, number].filter(Boolean).join("/"), area_m2: computed_area_m2 },
});
