/** What the administrators' screens look at. Every key begins with `private`: signing out forgets all of it. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { calendar, catalogue, partners } from "./administration";
import type { MessageFilter } from "./administrationTypes";

/** How often a screen that stands open looks again, ms. */
const AGAIN = 5_000;

/** Everything about procedures is asked for again after a change under this key. */
export const CATALOGUE = ["private", "catalogue"] as const;
export const CALENDAR = ["private", "calendar"] as const;
export const PARTNER_DATA = ["private", "partners"] as const;

export const useCatalogue = () =>
  useQuery({ queryKey: [...CATALOGUE, "all"], queryFn: catalogue.all, staleTime: 0 });
export const useHistory = (code: string) =>
  useQuery({
    queryKey: [...CATALOGUE, code, "history"],
    queryFn: () => catalogue.history(code),
    staleTime: 0,
  });
/** A version by a day on which it holds; published ones never change. */
export const useVersion = (code: string, at: string | null) =>
  useQuery({
    queryKey: [...CATALOGUE, code, "at", at],
    queryFn: () => catalogue.version(code, at ?? undefined),
    enabled: at !== null,
  });
/** The editor keeps what it was given; the cache is not to change it behind its back. */
export const useProcedureDraft = (code: string, exists: boolean) =>
  useQuery({
    queryKey: [...CATALOGUE, code, "draft"],
    queryFn: () => catalogue.draft(code),
    enabled: exists,
    staleTime: Infinity,
    gcTime: 0,
  });
export const useVariations = (code: string) =>
  useQuery({
    queryKey: [...CATALOGUE, code, "variations"],
    queryFn: () => catalogue.variations(code),
    staleTime: 0,
  });
export const useAgencies = () =>
  useQuery({ queryKey: [...CATALOGUE, "agencies"], queryFn: catalogue.agencies });

export const useCalendar = (year: number) =>
  useQuery({
    queryKey: [...CALENDAR, year],
    queryFn: () => calendar.year(year),
    placeholderData: (previous) => previous,
  });
export const useThresholds = () =>
  useQuery({ queryKey: [...CALENDAR, "thresholds"], queryFn: calendar.thresholds });
export const useOutages = () => useQuery({ queryKey: [...CALENDAR, "outages"], queryFn: calendar.outages });

export const usePartners = () =>
  useQuery({
    queryKey: [...PARTNER_DATA, "health"],
    queryFn: partners.health,
    refetchInterval: AGAIN,
    staleTime: 0,
  });
export const useMessages = (filter: MessageFilter) =>
  useInfiniteQuery({
    queryKey: [...PARTNER_DATA, "messages", filter],
    queryFn: ({ pageParam }) => partners.messages(filter, pageParam),
    initialPageParam: null as number | null,
    getNextPageParam: (page) => page.before,
    placeholderData: (previous) => previous,
    refetchInterval: AGAIN,
    staleTime: 0,
  });
/** Partners are asked for their logs: only when somebody wants to know. */
export const useReconciliation = (day: string | null) =>
  useQuery({
    queryKey: [...PARTNER_DATA, "reconciliation", day],
    queryFn: () => partners.reconcile(day ?? ""),
    enabled: day !== null,
    staleTime: Infinity,
    gcTime: 0,
  });
