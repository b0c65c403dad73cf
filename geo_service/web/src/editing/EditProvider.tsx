import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { asProblem, slugOf } from "../api/client";
import { dossiers } from "../api/dossiers";
import { api } from "../api/endpoints";
import { useMapInfo, useOpenDrafts, useSession } from "../api/queries";
import type { Draft, Intent, Preview, Problem } from "../api/types";
import { may } from "../session/may";
import { openPage, useView, view } from "../state/view";
import { EditContext, type Editing } from "./context";
import { type EditAction, edit, IDLE, isWaiting, needsCheck, previewHolds } from "./machine";
import { endsByItself, startSketch, toIntent } from "./sketch";
import { useSnapFaces } from "./useSnapFaces";

/** Answers of the service about an edit, by the branch of the machine that they lead to. */
function verdict(problem: Problem): "refused" | "stale" | "failed" {
  if (problem.status === 409) return "stale";
  return problem.status === 422 || problem.status === 404 ? "refused" : "failed";
}

export function EditProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const session = useSession();
  const past = useView((v) => v.at !== null);
  const [state, dispatch] = useReducer(edit, IDLE);
  const [open, setOpenNow] = useState(false);
  const [dossier, setDossier] = useState<string | null>(null);
  const forDossier = useRef(dossier);
  forDossier.current = dossier;
  const [snapping, setSnapping] = useState(true);
  const pointer = useRef<[number, number] | null>(null);
  const latest = useRef(state);
  latest.current = state;

  const shown = previewHolds(state) ? state.preview : null;
  const { faces, loadFace } = useSnapFaces(shown);
  const allowed = may(session.data?.user, "edit.propose") && !past;
  const info = useMapInfo();
  // the service has the last word: it may have been told meanwhile to ask for a second pair of eyes
  const [refusedAlone, setRefusedAlone] = useState(false);
  const fourEyes = (info.data?.four_eyes ?? false) || refusedAlone;

  const putAway = useCallback(() => {
    setDossier(null);
    setOpenNow(false);
    dispatch({ type: "leave" });
  }, []);

  // the workbench, the approvals and a dossier share one side of the screen
  const setOpen = useCallback(
    (next: boolean) => {
      if (!next && forDossier.current) return putAway();
      if (next && view.get().page === "approvals") openPage(null);
      setOpenNow(next);
    },
    [putAway],
  );

  const drawFor = useCallback(async (id: string) => {
    const draft = await dossiers.draft(id);
    setDossier(id);
    setOpenNow(true);
    dispatch({ type: "resume", draft });
  }, []);

  // leaving the dossier leaves its drawing too
  const shownDossier = useView((v) => (v.page === "dossier" ? v.dossier : null));
  useEffect(() => {
    if (dossier !== null && shownDossier !== dossier) putAway();
  }, [dossier, shownDossier, putAway]);

  /** The draft on the service gets the intents of this tab; made on the first one. */
  const save = useCallback(async (intents: readonly Intent[]) => {
    const draft =
      latest.current.draft ?? (forDossier.current ? await dossiers.draft(forDossier.current) : null);
    const saved = draft ? await api.saveDraft(draft.id, [...intents]) : await api.createDraft([...intents]);
    dispatch({ type: "saved", draft: saved });
    return saved;
  }, []);

  const check = useCallback(
    (rebase = false) => {
      const { intents, run: before } = latest.current;
      if (!intents.length) return;
      const run = before + 1;
      dispatch({ type: "check" });
      void save(intents)
        .then(({ id }) => api.preview(id, rebase))
        .then((preview) => dispatch({ type: "previewed", run, preview }))
        .catch((error: unknown) => {
          const problem = asProblem(error);
          dispatch({ type: verdict(problem), run, problem });
        });
    },
    [save],
  );

  const due = needsCheck(state);
  useEffect(() => {
    if (due) check();
  }, [due, check]);

  // everything undone: the draft on the service must not keep what the person took back
  const emptied = state.phase === "idle" && state.draft !== null && state.draft.intents.length > 0;
  useEffect(() => {
    if (emptied) void save([]).catch(() => undefined);
  }, [emptied, save]);

  /** The last step: into the register, or to somebody who decides about it. */
  const finish = useCallback(
    (send: (draft: Draft, preview: Preview) => Promise<EditAction>) => {
      const { draft, preview, run: before } = latest.current;
      if (!draft || !preview || latest.current.phase !== "preview") return;
      const run = before + 1;
      dispatch({ type: "commit" });
      send(draft, preview)
        .then((done) => {
          dispatch(done);
          void client.invalidateQueries({ queryKey: ["private", "drafts"] });
        })
        .catch((error: unknown) => {
          const problem = asProblem(error);
          if (slugOf(problem) === "four-eyes") setRefusedAlone(true);
          dispatch({ type: verdict(problem), run, problem });
        });
    },
    [client],
  );

  const commit = useCallback(
    (reason: string) =>
      finish(async ({ id }, { digest }) => ({
        type: "committed",
        result: await api.commit(id, reason, digest),
      })),
    [finish],
  );

  const submit = useCallback(
    (reason: string) =>
      finish(async ({ id }) => ({ type: "submitted", draft: await api.submit(id, reason) })),
    [finish],
  );

  const discard = useCallback(() => {
    const { draft, run } = latest.current;
    const gone = draft ? api.discardDraft(draft.id) : Promise.resolve();
    gone
      .then(() => {
        dispatch({ type: "discarded" });
        void client.invalidateQueries({ queryKey: ["private", "drafts"] });
      })
      .catch((error: unknown) => dispatch({ type: "failed", run, problem: asProblem(error) }));
  }, [client]);

  // work that was left open is offered as soon as its owner is back
  const drafts = useOpenDrafts(allowed);
  const offered = useRef(false);
  const left =
    drafts.data?.items.some(
      ({ intents, status, dossier_id }) => status === "open" && intents.length > 0 && !dossier_id,
    ) ?? false;
  useEffect(() => {
    if (!drafts.data || offered.current) return;
    offered.current = true;
    if (left) setOpenNow(true);
  }, [drafts.data, left]);

  // leaving the page with work the service does not have yet
  const unsaved = state.sketch !== null || isWaiting(state);
  useEffect(() => {
    if (!unsaved) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [unsaved]);

  const value = useMemo<Editing>(
    () => ({
      state,
      dispatch,
      allowed,
      open,
      setOpen,
      snapping,
      setSnapping,
      faces,
      loadFace,
      pointer,
      check,
      commit,
      submit,
      fourEyes,
      discard,
      dossier,
      drawFor,
      putAway,
      pickTool: (tool, parcel = null) => {
        setOpen(true);
        dispatch({ type: "sketch", sketch: startSketch(tool, parcel) });
        if (parcel) void loadFace(parcel.id);
      },
      advance: (sketch) => {
        const intent = endsByItself(sketch) ? toIntent(sketch) : null;
        dispatch({ type: "sketch", sketch });
        if (intent) dispatch({ type: "finish", intent });
      },
      revert: (seq) => {
        setOpen(true);
        dispatch({ type: "finish", intent: { type: "revert", seq } });
      },
      resume: (draft) => {
        setOpen(true);
        dispatch({ type: "resume", draft });
      },
    }),
    [
      state,
      allowed,
      open,
      setOpen,
      snapping,
      faces,
      loadFace,
      check,
      commit,
      submit,
      fourEyes,
      discard,
      dossier,
      drawFor,
      putAway,
    ],
  );
  return <EditContext value={value}>{children}</EditContext>;
}
