/**
 * Editing as a state machine: idle → sketch → checking → preview → committing → done, with refused and
 * conflict aside. Pure: everything that talks to the service lives in `EditProvider.tsx` and reports back here.
 *
 * The work of the person is the list of intents and the sketch in hand; undo and redo walk through their
 * past versions. It is given up only by `committed`, `submitted` or `discarded`, which the service has confirmed, and
 * put away by `leave`, when the service keeps it.
 */
import type { CommitResult, Draft, Intent, Preview, Problem } from "../api/types";
import type { Sketch } from "./sketch";

export type Phase =
  "idle" | "sketch" | "checking" | "preview" | "refused" | "conflict" | "committing" | "done";

interface Work {
  intents: readonly Intent[];
  sketch: Sketch | null;
}

export interface EditState extends Work {
  phase: Phase;
  draft: Draft | null;
  past: readonly Work[];
  future: readonly Work[];
  preview: Preview | null;
  /** the intents that the preview answers to */
  previewed: readonly Intent[] | null;
  problem: Problem | null;
  result: CommitResult | null;
  /** what was handed over for approval */
  submitted: Draft | null;
  /** number of the latest question to the service; older answers are not for this state */
  run: number;
}

export type EditAction =
  | { type: "resume"; draft: Draft }
  | { type: "sketch"; sketch: Sketch }
  | { type: "amend"; sketch: Sketch }
  | { type: "cancelSketch" }
  | { type: "finish"; intent: Intent }
  | { type: "undo" }
  | { type: "redo" }
  | { type: "saved"; draft: Draft }
  | { type: "check" }
  | { type: "previewed"; run: number; preview: Preview }
  | { type: "refused"; run: number; problem: Problem }
  | { type: "stale"; run: number; problem: Problem }
  | { type: "failed"; run: number; problem: Problem }
  | { type: "commit" }
  | { type: "committed"; result: CommitResult }
  | { type: "submitted"; draft: Draft }
  | { type: "discarded" }
  | { type: "leave" }
  | { type: "close" };

export const IDLE: EditState = {
  phase: "idle",
  draft: null,
  intents: [],
  sketch: null,
  past: [],
  future: [],
  preview: null,
  previewed: null,
  problem: null,
  result: null,
  submitted: null,
  run: 0,
};

export const isWaiting = ({ phase }: EditState) => phase === "checking" || phase === "committing";

/** True if the preview shows exactly what is worked on. */
export const previewHolds = (state: EditState) => state.preview !== null && state.previewed === state.intents;

/** True if the intents have to be sent to the service for a preview. */
export const needsCheck = (state: EditState) =>
  state.phase === "sketch" &&
  state.sketch === null &&
  state.intents.length > 0 &&
  state.problem === null &&
  !previewHolds(state);

/** The phase a state comes to rest in when nothing is being asked. */
function settled(state: EditState): EditState {
  if (state.sketch) return { ...state, phase: "sketch" };
  if (!state.intents.length) return { ...state, phase: "idle", preview: null, previewed: null };
  return { ...state, phase: previewHolds(state) ? "preview" : "sketch" };
}

function work(state: EditState, next: Partial<Work>): EditState {
  const before: Work = { intents: state.intents, sketch: state.sketch };
  return settled({
    ...state,
    ...next,
    past: [...state.past, before],
    future: [],
    problem: null,
    result: null,
    submitted: null,
    run: state.run + 1,
  });
}

function travel(state: EditState, direction: "undo" | "redo"): EditState {
  const [from, to] = direction === "undo" ? (["past", "future"] as const) : (["future", "past"] as const);
  const target = state[from].at(-1);
  if (!target) return state;
  const here: Work = { intents: state.intents, sketch: state.sketch };
  return settled({
    ...state,
    ...target,
    [from]: state[from].slice(0, -1),
    [to]: [...state[to], here],
    problem: null,
    run: state.run + 1,
  });
}

const ENDS_COMMIT: EditAction["type"][] = ["committed", "submitted", "refused", "stale", "failed"];

export function edit(state: EditState, action: EditAction): EditState {
  // while the service decides about a commit or takes a draft in, nothing may change under it
  if (state.phase === "committing" && !ENDS_COMMIT.includes(action.type)) {
    return state;
  }
  switch (action.type) {
    case "resume":
      return settled({ ...IDLE, run: state.run + 1, draft: action.draft, intents: action.draft.intents });
    case "sketch":
      return work(state, { sketch: action.sketch });
    case "amend":
      // typing in a form is one step, not one a letter
      return state.sketch ? { ...state, sketch: action.sketch, problem: null } : state;
    case "cancelSketch":
      return state.sketch ? work(state, { sketch: null }) : state;
    case "finish":
      return work(state, { intents: [...state.intents, action.intent], sketch: null });
    case "undo":
    case "redo":
      return travel(state, action.type);
    case "saved":
      return { ...state, draft: action.draft };
    case "check":
      return state.intents.length
        ? { ...state, phase: "checking", sketch: null, problem: null, run: state.run + 1 }
        : state;
    case "previewed":
      if (action.run !== state.run) return state;
      return {
        ...state,
        phase: "preview",
        preview: action.preview,
        previewed: state.intents,
        problem: null,
      };
    case "refused":
    case "stale":
      if (action.run !== state.run) return state;
      return { ...state, phase: action.type === "stale" ? "conflict" : "refused", problem: action.problem };
    case "failed":
      if (action.run !== state.run) return state;
      return { ...settled(state), problem: action.problem };
    case "commit":
      return state.phase === "preview" && previewHolds(state)
        ? { ...state, phase: "committing", problem: null, run: state.run + 1 }
        : state;
    case "committed":
      return { ...IDLE, phase: "done", run: state.run + 1, result: action.result };
    case "submitted":
      return { ...IDLE, phase: "done", run: state.run + 1, submitted: action.draft };
    case "discarded":
    case "leave":
      return { ...IDLE, run: state.run + 1 };
    case "close":
      return state.phase === "done" ? { ...IDLE, run: state.run + 1 } : state;
  }
}
