import { createContext, useContext } from "react";
import type { Draft, ParcelRef } from "../api/types";
import type { SnapFace } from "./geometry";
import type { EditAction, EditState } from "./machine";
import type { Sketch, Tool } from "./sketch";

export interface Editing {
  state: EditState;
  dispatch: (action: EditAction) => void;
  /** somebody who may propose changes is signed in, and the map shows the present */
  allowed: boolean;
  open: boolean;
  setOpen: (open: boolean) => void;
  snapping: boolean;
  setSnapping: (on: boolean) => void;
  pickTool: (tool: Tool, parcel?: ParcelRef | null) => void;
  /** takes the sketch a step further, finishing it when its last input is there */
  advance: (sketch: Sketch) => void;
  revert: (seq: number) => void;
  /** asks for a preview; `rebase` replays the draft on the newest state */
  check: (rebase?: boolean) => void;
  commit: (reason: string) => void;
  /** hands the draft to somebody else to approve */
  submit: (reason: string) => void;
  /** who proposes does not enter into the register */
  fourEyes: boolean;
  discard: () => void;
  resume: (draft: Draft) => void;
  /** the dossier whose drawing is worked on; null for a change without one */
  dossier: string | null;
  /** opens the drawing of a dossier; made when there is none */
  drawFor: (dossier: string) => Promise<void>;
  /** the drawing was handed over with its dossier, or is left for later: the service has it */
  putAway: () => void;
  /** faces near the work whose vertices can be snapped to */
  faces: readonly SnapFace[];
  /** makes sure that the face and everything near it can be snapped to */
  loadFace: (id: number) => Promise<readonly SnapFace[]>;
  /** the place under the pointer while sketching, for typed lengths in its direction */
  pointer: { current: [lon: number, lat: number] | null };
}

export const EditContext = createContext<Editing | null>(null);

export function useEditing(): Editing {
  const editing = useContext(EditContext);
  if (!editing) throw new Error("useEditing outside of EditProvider");
  return editing;
}
