/** From an entry to a received dossier, one step after the other; what is done is not done again. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { forgetDossier } from "../api/dossierQueries";
import { dossiers, papers } from "../api/dossiers";
import type { Definition, Dossier, PaperKind, ProcedureDocument } from "../api/dossierTypes";
import { type Entry, toDossier } from "./entry";

export type Doing = "opening" | "attaching" | "paying" | "accepting";

/** A scan that waits to be handed in. */
export interface Scan {
  type: string;
  kind: PaperKind;
  file: File;
}

export interface Receiving {
  phase: "writing" | "busy" | "done";
  doing: Doing | null;
  error: unknown;
  received: Dossier | null;
  files: readonly Scan[];
  add: (scans: readonly Scan[]) => void;
  drop: (scan: Scan) => void;
  receive: (definition: Definition, documents: readonly ProcedureDocument[]) => Promise<void>;
  forget: () => void;
}

interface Options {
  entry: Entry;
  onOpened: (id: string) => void;
}

/**
 * Opens the dossier, hands in the scans, takes the fees in, accepts it. A step that fails leaves what was done before it: the
 * next try goes on from there, also after a reload.
 */
export function useReceiving({ entry, onOpened }: Options): Receiving {
  const client = useQueryClient();
  const [phase, setPhase] = useState<Receiving["phase"]>("writing");
  const [doing, setDoing] = useState<Doing | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [received, setReceived] = useState<Dossier | null>(null);
  const [files, setFiles] = useState<readonly Scan[]>([]);

  const opened = async (definition: Definition): Promise<string> => {
    if (entry.opened) return entry.opened;
    setDoing("opening");
    const { id } = await dossiers.open(toDossier(entry, definition));
    onOpened(id);
    return id;
  };

  // scans are looked into before they come here, so several may come at once: each is added to what is there then
  const add = (scans: readonly Scan[]) => setFiles((before) => [...before, ...scans]);
  const drop = (scan: Scan) => setFiles((before) => before.filter((one) => one !== scan));

  const receive = async (definition: Definition, documents: readonly ProcedureDocument[]) => {
    // what was scanned before another procedure was chosen is not of this dossier
    const wanted = new Set(documents.map(({ code }) => code));
    setPhase("busy");
    setError(null);
    let id: string | null = null;
    try {
      id = await opened(definition);
      for (const scan of files.filter(({ type }) => wanted.has(type))) {
        setDoing("attaching");
        await papers.attach(id, scan.type, scan.file, scan.kind);
        drop(scan);
      }
      const receipt = entry.receipt.trim();
      if (receipt) {
        setDoing("paying");
        const { items } = await dossiers.payments(id);
        for (const { id: payment, kind, status, amount } of items) {
          if (kind === "fee" && status === "due" && amount > 0) {
            await dossiers.paidAtCounter(id, payment, receipt);
          }
        }
      }
      setDoing("accepting");
      setReceived(await accepted(id));
      setPhase("done");
    } catch (refused) {
      setError(refused);
      setPhase("writing");
    } finally {
      setDoing(null);
      if (id) forgetDossier(client, id);
    }
  };

  return {
    phase,
    doing,
    error,
    received,
    files,
    add,
    drop,
    receive,
    forget: () => {
      setPhase("writing");
      setError(null);
      setReceived(null);
      setFiles([]);
    },
  };
}

/** The dossier once it is received; a try whose answer was lost finds it so already. */
async function accepted(id: string): Promise<Dossier> {
  const dossier = await dossiers.one(id);
  const action = dossier.actions.find(({ kind }) => kind === "accept");
  if (!action) return dossier;
  return (await dossiers.act(id, action.code, { revision: dossier.revision })).dossier;
}
