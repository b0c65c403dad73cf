import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { forgetFindings } from "../api/findingsQueries";
import { useSession } from "../api/queries";
import type { User } from "../api/types";
import { dossierFeed } from "../live/dossierFeed";

/** A run writes to many units at once; that is one question, not many. */
const GATHER_MS = 400;

export function findingTopics(user: User | null | undefined): string[] {
  const units = user?.capabilities["finding.read"] ?? [];
  return (units.includes("*") ? ["*"] : units).map((unit) => `finding/${unit}`);
}

/** Keeps the work list, the open finding and the precision live while one of them is on the screen. */
export function useFindingsFeed(): void {
  const client = useQueryClient();
  const topics = findingTopics(useSession().data?.user).join(",");
  useEffect(() => {
    if (!topics) return;
    let timer: number | undefined;
    const forget = () => {
      timer ??= window.setTimeout(() => {
        timer = undefined;
        void forgetFindings(client);
      }, GATHER_MS);
    };
    const leave = dossierFeed.follow({
      topics: topics.split(","),
      onMove: () => undefined,
      onOther: forget,
      onGap: forget,
    });
    return () => {
      leave();
      window.clearTimeout(timer);
    };
  }, [client, topics]);
}
