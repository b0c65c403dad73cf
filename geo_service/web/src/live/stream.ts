/**
 * The live feed of the service in one EventSource. Says honestly whether it is connected, resumes after the
 * last change it has seen, and never lets one pass twice or be lost when the subscribed area changes: the
 * new area is asked for from the seq at which the view left the old one.
 */
import type { LiveChange } from "../api/types";

export type LiveState = "connecting" | "live" | "reconnecting" | "offline";

export interface StreamHandlers {
  state: (state: LiveState) => void;
  change: (change: LiveChange) => void;
  resync: (seq: number) => void;
}

const RETRY_MS = [500, 1_000, 2_000, 5_000, 10_000];
const SETTLE_MS = 300;
/** Heartbeats of the service cannot be heard through an EventSource, so a silent line is tested. */
const SILENCE_MS = 25_000;

export class LiveStream {
  #handlers: StreamHandlers;
  #cells: string[] | null = null;
  #source: EventSource | null = null;
  #lastSeq: number;
  #resumeFrom: number | null = null;
  #seen = new Set<number>();
  #retries = 0;
  #timer: number | undefined;
  #watchdog: number | undefined;
  #lastSign = Date.now();

  constructor(afterSeq: number, handlers: StreamHandlers) {
    this.#lastSeq = afterSeq;
    this.#handlers = handlers;
    window.addEventListener("online", this.#reconnectNow);
    window.addEventListener("offline", this.#wentOffline);
    this.#watchdog = window.setInterval(() => void this.#testSilence(), SILENCE_MS / 2);
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  start(cells: string[] | null): void {
    this.#cells = cells;
    this.#handlers.state("connecting");
    this.#connect();
  }

  /** The view moved; a new subscription is made only if it has left the old one. */
  watch(cells: string[] | null): void {
    if (this.#covers(cells)) return;
    this.#resumeFrom ??= this.#lastSeq;
    this.#cells = cells;
    this.#schedule(SETTLE_MS);
  }

  stop(): void {
    window.clearTimeout(this.#timer);
    window.clearInterval(this.#watchdog);
    window.removeEventListener("online", this.#reconnectNow);
    window.removeEventListener("offline", this.#wentOffline);
    this.#source?.close();
    this.#source = null;
  }

  #covers(cells: string[] | null): boolean {
    if (this.#cells === null) return true;
    if (cells === null) return false;
    const have = new Set(this.#cells);
    return cells.every((cell) => have.has(cell));
  }

  #connect = (): void => {
    window.clearTimeout(this.#timer);
    const query = new URLSearchParams();
    if (this.#cells) query.set("cells", this.#cells.join(","));
    query.set("after", String(this.#resumeFrom ?? this.#lastSeq));
    const source = new EventSource(`/live?${query}`);
    const previous = this.#source;
    this.#source = source;

    const mine = (handle: (event: MessageEvent<string>) => void) => (event: Event) => {
      if (this.#source !== source) return;
      this.#lastSign = Date.now();
      handle(event as MessageEvent<string>);
    };
    source.addEventListener(
      "hello",
      mine(() => {
        previous?.close();
        this.#retries = 0;
        this.#handlers.state("live");
      }),
    );
    source.addEventListener(
      "change",
      mine(({ data }) => this.#receive(JSON.parse(data) as LiveChange)),
    );
    source.addEventListener(
      "resync",
      mine(({ data }) => {
        const { seq } = JSON.parse(data) as { seq: number };
        this.#lastSeq = Math.max(this.#lastSeq, seq);
        this.#handlers.resync(seq);
      }),
    );
    source.addEventListener(
      "bye",
      mine(() => this.#handlers.state("reconnecting")),
    );
    source.onerror = mine(() => {
      previous?.close();
      this.#handlers.state(navigator.onLine ? "reconnecting" : "offline");
      // the browser tries again by itself, with Last-Event-ID, unless the service answered with an error
      if (source.readyState === EventSource.CLOSED) this.#schedule(this.#patience());
    });
  };

  #receive(change: LiveChange): void {
    const { seq } = change;
    if (this.#seen.has(seq)) return;
    this.#seen.add(seq);
    if (this.#seen.size > 5_000) this.#seen = new Set([...this.#seen].slice(-2_500));
    this.#lastSeq = Math.max(this.#lastSeq, seq);
    // the new subscription has caught up with what this tab had already heard
    if (this.#resumeFrom !== null && seq >= this.#lastSeq) this.#resumeFrom = null;
    this.#handlers.change(change);
  }

  #patience(): number {
    const wait = RETRY_MS[Math.min(this.#retries, RETRY_MS.length - 1)] ?? 10_000;
    this.#retries += 1;
    return wait;
  }

  #schedule(ms: number): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(this.#connect, ms);
  }

  #reconnectNow = (): void => {
    this.#source?.close();
    this.#handlers.state("reconnecting");
    this.#connect();
  };

  #wentOffline = (): void => this.#handlers.state("offline");

  async #testSilence(): Promise<void> {
    const source = this.#source;
    if (source?.readyState !== EventSource.OPEN) return;
    if (Date.now() - this.#lastSign < SILENCE_MS) return;
    try {
      const answer = await fetch("/health", { cache: "no-store", signal: AbortSignal.timeout(8_000) });
      if (answer.ok) this.#lastSign = Date.now();
      else throw new Error(String(answer.status));
    } catch {
      if (this.#source === source) this.#reconnectNow();
    }
  }
}
