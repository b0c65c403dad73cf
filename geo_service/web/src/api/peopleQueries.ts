/** What the screens about people look at. Every key begins with `private`: signing out forgets all of it. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { administration, auditLog, me, register } from "./people";
import type { AuditFilter, Page } from "./types";

/** Each look at rights is written to the log; one look is not to become many. */
const SELDOM = { staleTime: 300_000 } as const;

type Next = Page<unknown>["next"];

export const useMySessions = () =>
  useQuery({ queryKey: ["private", "sessions"], queryFn: me.sessions, staleTime: 0 });
export const useMyTokens = () => useQuery({ queryKey: ["private", "tokens"], queryFn: me.tokens });
export const useMyData = () => useQuery({ queryKey: ["private", "person"], queryFn: me.person });
export const useMyAccesses = () =>
  useQuery({ queryKey: ["private", "accesses"], queryFn: me.accesses, staleTime: 0 });
export const useMyConsents = () => useQuery({ queryKey: ["private", "consents"], queryFn: me.consents });

export const useMyCorrections = () =>
  useQuery({ queryKey: ["private", "corrections"], queryFn: me.corrections });

export const useRoles = () =>
  useQuery({ queryKey: ["private", "roles"], queryFn: administration.roles, staleTime: 600_000 });

export const useAccounts = (q: string) =>
  useInfiniteQuery({
    queryKey: ["private", "accounts", q],
    queryFn: ({ pageParam }) => administration.accounts(q, pageParam),
    initialPageParam: null as Next,
    getNextPageParam: (page) => page.next,
    placeholderData: (previous) => previous,
  });

export const useAudit = (filter: AuditFilter) =>
  useInfiniteQuery({
    queryKey: ["private", "audit", filter],
    queryFn: ({ pageParam }) => auditLog.entries(filter, pageParam),
    initialPageParam: null as Next,
    getNextPageParam: (page) => page.next,
    placeholderData: (previous) => previous,
    staleTime: 0,
  });
export const useAuditState = () =>
  useQuery({ queryKey: ["private", "audit-state"], queryFn: auditLog.state, staleTime: 0 });

export const usePurposes = () =>
  useQuery({ queryKey: ["purposes"], queryFn: register.purposes, staleTime: 600_000 });

export const useRights = (parcel: number) =>
  useQuery({ queryKey: ["private", "rights", parcel], queryFn: () => register.rights(parcel), ...SELDOM });
