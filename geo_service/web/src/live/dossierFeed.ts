/**
 * What moves dossiers and findings, heard over one line for the whole page: every screen names the topics it follows
 * (`dossier/<id>`, `desk/<unit>`, `desk/*`, `finding/<unit>`), and the line subscribes to all of them together.
 */
import type { LiveChange, MovedDossier } from "../api/types";
import { live } from "./context";
import { LiveStream } from "./stream";

interface Follower {
  topics: readonly string[];
  onMove: (moved: MovedDossier) => void;
  /** something happened under one of the topics that is no dossier on the move */
  onOther?: () => void;
  onGap: () => void;
}

export class DossierFeed {
  #followers = new Set<Follower>();
  #stream: LiveStream | null = null;
  /** how far this page has heard, so that the next line goes on from there */
  #lastSeq = 0;

  /** Calls until the returned function is; `onGap` when moves may have been missed. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    this.#listen();
    return () => {
      this.#followers.delete(follower);
      if (this.#followers.size) return;
      this.#lastSeq = this.#stream?.lastSeq ?? this.#lastSeq;
      this.#stream?.stop();
      this.#stream = null;
    };
  }

  /** Topics that somebody follows; the line is made again only for new ones. */
  #listen(): void {
    const topics = [...new Set([...this.#followers].flatMap((one) => one.topics))].sort();
    if (this.#stream) {
      this.#stream.watch(topics);
      return;
    }
    this.#stream = new LiveStream(Math.max(this.#lastSeq, live.get().lastSeq), {
      state: () => undefined,
      change: (change) => this.#tell(change),
      resync: () => {
        for (const { onGap } of [...this.#followers]) onGap();
      },
    });
    this.#stream.start(topics);
  }

  #tell({ cells, dossier }: LiveChange): void {
    for (const { topics, onMove, onOther } of [...this.#followers]) {
      if (!topics.some((topic) => cells?.includes(topic))) continue;
      if (dossier) onMove(dossier);
      else onOther?.();
    }
  }
}

export const dossierFeed = new DossierFeed();
