/** Papers on their way to a dossier, one after the other; what does not arrive is kept with the reason, to be sent again. */
import { useState } from "react";
import { handIn } from "../api/citizen";
import { asProblem } from "../api/client";
import { papers } from "../api/dossiers";
import type { Problem } from "../api/types";
import { asOneFile } from "./pictures";

export interface Errand {
  /** code of the paper in the procedure */
  type: string;
  /** its name in words; a PDF made of pictures is called so */
  name: string;
  /** files to hand in as one, or the paper of an earlier dossier */
  content: { files: readonly File[] } | { reuse: number };
  state: "waiting" | "going" | "failed";
  /** how much of it has arrived, 0 to 1 */
  share: number;
  problem: Problem | null;
}
export type NewErrand = Pick<Errand, "type" | "name" | "content">;

export interface Sending {
  errands: readonly Errand[];
  busy: boolean;
  send: (dossier: string, errands: readonly NewErrand[]) => Promise<void>;
  drop: (type: string) => void;
}

/** `onArrived` is told after each paper. */
export function useSending(onArrived: (dossier: string) => void): Sending {
  const [errands, setErrands] = useState<readonly Errand[]>([]);
  const change = (type: string, change: Partial<Errand>) =>
    setErrands((all) => all.map((one) => (one.type === type ? { ...one, ...change } : one)));
  const drop = (type: string) => setErrands((all) => all.filter((one) => one.type !== type));

  const carry = async (dossier: string, { type, name, content }: NewErrand) => {
    change(type, { state: "going", share: 0, problem: null });
    try {
      if ("reuse" in content) await papers.reuse(dossier, content.reuse);
      else {
        const file = await asOneFile(content.files, name);
        await handIn(dossier, type, file, (share) => change(type, { share }));
      }
      drop(type);
      onArrived(dossier);
    } catch (error) {
      change(type, { state: "failed", problem: asProblem(error) });
    }
  };
  const send = async (dossier: string, wanted: readonly NewErrand[]) => {
    const types = new Set(wanted.map(({ type }) => type));
    setErrands((all) => [
      ...all.filter(({ type }) => !types.has(type)),
      ...wanted.map((one): Errand => ({ ...one, state: "waiting", share: 0, problem: null })),
    ]);
    for (const one of wanted) await carry(dossier, one);
  };
  return { errands, busy: errands.some(({ state }) => state !== "failed"), send, drop };
}
