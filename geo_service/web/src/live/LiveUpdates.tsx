import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { forgetParcels } from "../api/queries";
import type { Bounds, LiveChange } from "../api/types";
import { useMap } from "../map/context";
import { LiveOverlay } from "../map/liveOverlay";
import { liveCells } from "../map/tiles";
import { useView } from "../state/view";
import { live } from "./context";
import { LiveStream } from "./stream";

/** Many changes a second must not become as many requests for the open panel. */
const REFETCH_MS = 120;

/** Joins the feed to the map and to the data of the panels. */
export function LiveUpdates({ startSeq }: { startSeq: number }) {
  const controller = useMap();
  const client = useQueryClient();
  const at = useView((v) => v.at);
  const overlay = useRef<LiveOverlay | null>(null);
  const first = useRef(startSeq);

  useEffect(() => {
    live.set({ lastSeq: first.current, lastPaintedSeq: first.current });
    const drawn = new LiveOverlay(controller, (seq) =>
      live.set({ lastPaintedSeq: Math.max(seq, live.get().lastPaintedSeq) }),
    );
    overlay.current = drawn;
    const heard = (seq: number) => live.set({ lastSeq: Math.max(seq, live.get().lastSeq) });

    let touched = new Set<number>();
    let timer: number | undefined;
    const forget = (ids: number[]) => {
      for (const id of ids) touched.add(id);
      timer ??= window.setTimeout(() => {
        forgetParcels(client, touched);
        touched = new Set();
        timer = undefined;
      }, REFETCH_MS);
    };

    const stream = new LiveStream(first.current, {
      state: (state) => live.set({ state }),
      change: (change: LiveChange) => {
        heard(change.seq);
        // a dossier on the move changes nothing on the map
        if (change.dossier) return;
        void drawn.apply(change);
        forget([...change.retired, ...change.created.map(({ id }) => id)]);
      },
      resync: (seq) => {
        heard(seq);
        drawn.reset(seq);
        void client.invalidateQueries();
      },
    });
    const cells = () => liveCells(controller.map.getBounds().toArray().flat() as Bounds);
    stream.start(cells());
    const onMove = () => stream.watch(cells());
    controller.map.on("moveend", onMove);
    return () => {
      controller.map.off("moveend", onMove);
      stream.stop();
      window.clearTimeout(timer);
    };
  }, [controller, client]);

  useEffect(() => {
    if (at !== null) overlay.current?.hide();
  }, [at]);

  return <TestHandle />;
}

/** What the browser tests read: the map itself and how far the screen has come. */
function TestHandle() {
  const controller = useMap();
  useEffect(() => {
    const handle = {
      map: controller.map,
      get lastSeq() {
        return live.get().lastSeq;
      },
      get liveState() {
        return live.get().state;
      },
      get lastPaintedSeq() {
        return live.get().lastPaintedSeq;
      },
    };
    Object.assign(window, { __geo: handle });
  }, [controller]);
  return null;
}
