/** What the work list looks at; every verdict makes it old. */
import { keepPreviousData, type QueryClient, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { type FindingFilter, type FindingSort, findings } from "./findings";

const FINDINGS = ["private", "findings"] as const;

export const useFindings = (filter: FindingFilter, sort: FindingSort) =>
  useInfiniteQuery({
    queryKey: [...FINDINGS, "list", filter, sort],
    queryFn: ({ pageParam }) => findings.page(filter, sort, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
  });

export const useFindingCounts = (filter: FindingFilter) =>
  useQuery({
    queryKey: [...FINDINGS, "counts", filter],
    queryFn: () => findings.counts(filter),
    placeholderData: keepPreviousData,
  });

export const useFinding = (id: string | null) =>
  useQuery({
    queryKey: [...FINDINGS, "one", id],
    queryFn: () => findings.one(id ?? ""),
    enabled: id !== null,
  });

export const usePrecision = () =>
  useQuery({ queryKey: [...FINDINGS, "precision"], queryFn: findings.precision });

/** Marks what a verdict, a permission or a run changes as old. */
export const forgetFindings = (client: QueryClient) => client.invalidateQueries({ queryKey: FINDINGS });
