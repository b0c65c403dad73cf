/** What the desks look at. Keys begin with `private` where they belong to a person; `desk` is made old by every move. */
import { keepPreviousData, type QueryClient, useQuery } from "@tanstack/react-query";
import { dossiers, papers, procedures } from "./dossiers";
import type { DeskFilter, DeskTab } from "./dossierTypes";

const DESK = ["private", "desk"] as const;
const dossierKey = (id: string) => ["private", "dossier", id] as const;

export const useDeskCounts = (enabled: boolean) =>
  useQuery({ queryKey: [...DESK, "counts"], queryFn: dossiers.counts, enabled });

export const useDesk = (tab: DeskTab, filter: DeskFilter, offset: number) =>
  useQuery({
    queryKey: [...DESK, "list", tab, filter, offset],
    queryFn: () => dossiers.desk(tab, filter, offset),
    placeholderData: keepPreviousData,
    staleTime: 0,
  });

export const useThresholds = () =>
  useQuery({ queryKey: ["thresholds"], queryFn: dossiers.thresholds, staleTime: 600_000 });

export const useDossier = (id: string | null) =>
  useQuery({
    queryKey: dossierKey(id ?? ""),
    queryFn: () => dossiers.one(id ?? ""),
    enabled: id !== null,
    staleTime: 0,
  });

export const useDossierMap = (id: string) =>
  useQuery({ queryKey: [...dossierKey(id), "map"], queryFn: () => dossiers.map(id), staleTime: 0 });

export const usePapers = (id: string) =>
  useQuery({ queryKey: [...dossierKey(id), "papers"], queryFn: () => papers.of(id), staleTime: 0 });

export const usePrintable = (id: string) =>
  useQuery({ queryKey: [...dossierKey(id), "printable"], queryFn: () => papers.printable(id), staleTime: 0 });

export const useColleagues = (id: string, enabled: boolean) =>
  useQuery({
    queryKey: [...dossierKey(id), "colleagues"],
    queryFn: () => dossiers.colleagues(id),
    enabled,
    staleTime: 0,
  });

export const useParcelDossiers = (parcel: number) =>
  useQuery({
    queryKey: ["private", "parcel-dossiers", parcel],
    queryFn: () => dossiers.ofParcel(parcel),
    staleTime: 0,
  });

export const useProcedures = () =>
  useQuery({ queryKey: ["procedures"], queryFn: procedures.all, staleTime: 600_000 });

export const useProcedure = (code: string | null, unit: string | null) =>
  useQuery({
    queryKey: ["procedure", code, unit],
    queryFn: () => procedures.one(code ?? "", unit),
    enabled: code !== null,
    placeholderData: (previous, query) => (query?.queryKey[1] === code ? previous : undefined),
    staleTime: 600_000,
  });

/** Dossiers moved: they themselves, every list and every count are to be looked up again. */
export function forgetDossiers(client: QueryClient, ids: Iterable<string>): void {
  for (const id of ids) void client.invalidateQueries({ queryKey: dossierKey(id) });
  void client.invalidateQueries({ queryKey: DESK });
  void client.invalidateQueries({ queryKey: ["private", "parcel-dossiers"] });
}

export const forgetDossier = (client: QueryClient, id: string) => forgetDossiers(client, [id]);
