import { keepPreviousData, type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { api } from "./endpoints";
import type { Parcel } from "./types";

const FOREVER = { staleTime: Number.POSITIVE_INFINITY } as const;

export const useMapInfo = () => useQuery({ queryKey: ["map"], queryFn: api.map, ...FOREVER });
export const useUnits = () => useQuery({ queryKey: ["units"], queryFn: api.units, ...FOREVER });
export const useLandUse = () => useQuery({ queryKey: ["land-use"], queryFn: api.landUse, ...FOREVER });
export const useSession = () => useQuery({ queryKey: ["session"], queryFn: api.session, staleTime: 60_000 });

export const useTimeline = (enabled: boolean) =>
  useQuery({ queryKey: ["timeline"], queryFn: api.timeline, enabled });

export const searching = (q: string) =>
  queryOptions({
    queryKey: ["search", q],
    queryFn: ({ signal }) => api.search(q, signal),
    staleTime: 10_000,
  });

export const useSearch = (q: string) =>
  useQuery({ ...searching(q), enabled: q.length > 0, placeholderData: keepPreviousData });

export const useParcel = (key: string | null, at: number | null) =>
  useQuery({
    queryKey: ["parcel", key, at],
    queryFn: () => api.parcel(key ?? "", at),
    enabled: key !== null,
    placeholderData: (previous, query) => (query?.queryKey[1] === key ? previous : undefined),
  });

export const useHistory = (id: number, enabled: boolean) =>
  useQuery({ queryKey: ["history", id], queryFn: () => api.history(id), enabled });

export const useLineage = (id: number, enabled: boolean) =>
  useQuery({ queryKey: ["lineage", id], queryFn: () => api.lineage(id), enabled });

export const useEverHere = (place: [lon: number, lat: number] | null) =>
  useQuery({
    queryKey: ["ever-here", place],
    queryFn: () => (place ? api.everHere(place[0], place[1]) : { items: [] }),
    enabled: place !== null,
  });

export const useOpenDrafts = (enabled: boolean) =>
  useQuery({ queryKey: ["private", "drafts"], queryFn: api.drafts, enabled });

/** Drafts of others that wait for this person's approval; looked up again while somebody looks. */
export const useSubmittedDrafts = (enabled: boolean) =>
  useQuery({
    queryKey: ["private", "submitted"],
    queryFn: api.submittedDrafts,
    enabled,
    refetchInterval: 30_000,
  });

/** What belongs to the person and not to the map: gone when somebody else signs in or nobody is. */
export function forgetPerson(client: QueryClient): void {
  client.removeQueries({ queryKey: ["private"] });
  void client.invalidateQueries({ queryKey: ["history"] });
}

/**
 * Marks what a change of these parcels has made old: the parcels themselves, those that name one of them
 * as neighbour, and every history and lineage shown.
 */
export function forgetParcels(client: QueryClient, touched: ReadonlySet<number>): void {
  void client.invalidateQueries({
    predicate: ({ queryKey, state }) => {
      const [resource] = queryKey;
      if (resource === "history" || resource === "lineage" || resource === "ever-here") return true;
      if (resource === "timeline" || resource === "search") return true;
      if (resource !== "parcel") return false;
      const parcel = state.data as Parcel | undefined;
      if (!parcel) return true;
      return (
        touched.has(parcel.id) ||
        parcel.sides.some((side) => side.neighbour !== null && touched.has(side.neighbour.id))
      );
    },
  });
}
