import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { MovedDossier } from "../api/types";
import { dossierFeed } from "./dossierFeed";

/**
 * Hears of every move of the dossiers under these topics (`dossier/<id>`, `desk/<unit>`, `desk/*`) while the component
 * is on the screen. A move may be told of that is older than what the screen has fetched. Where moves may have been
 * missed, everything fetched is marked as old.
 */
export function useDossierFeed(topics: readonly string[], onMove: (moved: MovedDossier) => void): void {
  const client = useQueryClient();
  const latest = useRef(onMove);
  useEffect(() => {
    latest.current = onMove;
  });
  const joined = topics.join(",");
  useEffect(() => {
    if (!joined) return;
    return dossierFeed.follow({
      topics: joined.split(","),
      onMove: (moved) => latest.current(moved),
      onGap: () => void client.invalidateQueries(),
    });
  }, [client, joined]);
}
