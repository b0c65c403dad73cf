import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { forgetDossiers } from "../api/dossierQueries";
import { useSession } from "../api/queries";
import { useDossierFeed } from "../live/useDossierFeed";
import { deskTopics } from "./topics";

/** Ten acts a second at a busy desk must not become ten questions a second from every officer. */
const GATHER_MS = 400;

/** Keeps counts, lists and open dossiers of an officer live. */
export function DeskLive() {
  const client = useQueryClient();
  const user = useSession().data?.user;
  const topics = useMemo(() => deskTopics(user), [user]);
  const moved = useRef(new Set<string>());
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  useDossierFeed(topics, ({ id }) => {
    moved.current.add(id);
    timer.current ??= window.setTimeout(() => {
      timer.current = undefined;
      forgetDossiers(client, moved.current);
      moved.current.clear();
    }, GATHER_MS);
  });
  return null;
}
