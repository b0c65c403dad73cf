import { describe, expect, it } from "vitest";
import type { CommitResult, Draft, Intent, Preview, Problem } from "../api/types";
import { type EditAction, type EditState, edit, IDLE, needsCheck, previewHolds } from "./machine";
import { startSketch } from "./sketch";

const merge: Intent = { type: "merge", parcels: [1, 2] };
const draft: Draft = {
  id: "d5",
  base_seq: 1,
  seq: null,
  reason: null,
  status: "open",
  intents: [merge],
  created_at: "",
  updated_at: "",
};
const preview = { draft: "d5", digest: "d" } as Preview;
const problem: Problem = { type: "x", title: "no", status: 422 };
const result = { seq: 9 } as CommitResult;

const play = (actions: EditAction[], from: EditState = IDLE) => actions.reduce(edit, from);
const sketched = play([{ type: "sketch", sketch: startSketch("merge", null) }]);
const finished = edit(sketched, { type: "finish", intent: merge });
const asked = edit(finished, { type: "check" });
const shown = edit(asked, { type: "previewed", run: asked.run, preview });

describe("editing", () => {
  it("goes from idle through sketch and preview to done", () => {
    expect(sketched.phase).toBe("sketch");
    expect(needsCheck(finished)).toBe(true);
    expect(asked.phase).toBe("checking");
    expect(shown.phase).toBe("preview");
    expect(previewHolds(shown)).toBe(true);
    const committing = edit(shown, { type: "commit" });
    expect(committing.phase).toBe("committing");
    const done = edit(committing, { type: "committed", result });
    expect([done.phase, done.intents, done.draft, done.result]).toEqual(["done", [], null, result]);
    expect(edit(done, { type: "close" }).phase).toBe("idle");
  });

  it("hands a draft over for approval and begins anew", () => {
    const waiting = edit(shown, { type: "commit" });
    const handed = edit(waiting, { type: "submitted", draft: { ...draft, status: "submitted" } });
    expect([handed.phase, handed.intents, handed.draft, handed.submitted?.id]).toEqual([
      "done",
      [],
      null,
      "d5",
    ]);
    expect(edit(handed, { type: "sketch", sketch: startSketch("merge", null) }).submitted).toBeNull();
  });

  it("commits only what was previewed", () => {
    expect(edit(finished, { type: "commit" })).toBe(finished);
    const more = edit(shown, { type: "finish", intent: { type: "revert", seq: 3 } });
    expect(more.phase).toBe("sketch");
    expect(edit(more, { type: "commit" })).toBe(more);
  });

  it("does not listen to answers to older questions", () => {
    const undone = edit(asked, { type: "undo" });
    expect(edit(undone, { type: "previewed", run: asked.run, preview })).toBe(undone);
    expect(edit(undone, { type: "refused", run: asked.run, problem })).toBe(undone);
  });

  it("undoes to the sketch and redoes to the same preview", () => {
    const undone = edit(shown, { type: "undo" });
    expect([undone.phase, undone.sketch?.tool, undone.intents]).toEqual(["sketch", "merge", []]);
    const redone = edit(undone, { type: "redo" });
    expect([redone.phase, redone.intents]).toEqual(["preview", [merge]]);
    const empty = play([{ type: "undo" }, { type: "undo" }, { type: "undo" }], shown);
    expect([empty.phase, empty.intents, empty.sketch]).toEqual(["idle", [], null]);
  });

  it("keeps the refused work so that it can be mended", () => {
    const refused = edit(asked, { type: "refused", run: asked.run, problem });
    expect([refused.phase, refused.problem, refused.intents]).toEqual(["refused", problem, [merge]]);
    const mended = edit(refused, { type: "undo" });
    expect([mended.phase, mended.problem, mended.sketch?.tool]).toEqual(["sketch", null, "merge"]);
  });

  it("keeps everything when the service cannot be reached, and does not ask in a circle", () => {
    const failed = edit(asked, { type: "failed", run: asked.run, problem });
    expect([failed.phase, failed.problem, failed.intents]).toEqual(["sketch", problem, [merge]]);
    expect(needsCheck(failed)).toBe(false);
    const lost = edit(edit(shown, { type: "commit" }), { type: "failed", run: shown.run + 1, problem });
    expect([lost.phase, lost.problem, previewHolds(lost)]).toEqual(["preview", problem, true]);
  });

  it("lets nothing change while a commit is under way", () => {
    const committing = edit(shown, { type: "commit" });
    for (const action of [
      { type: "undo" },
      { type: "discarded" },
      { type: "finish", intent: merge },
      { type: "check" },
    ] as EditAction[]) {
      expect(edit(committing, action)).toBe(committing);
    }
  });

  it("offers a conflict to be rebased by asking again", () => {
    const committing = edit(shown, { type: "commit" });
    const stale = edit(committing, { type: "stale", run: committing.run, problem });
    expect([stale.phase, stale.intents]).toEqual(["conflict", [merge]]);
    expect(edit(stale, { type: "check" }).phase).toBe("checking");
  });

  it("takes an open draft up again and has it checked", () => {
    const resumed = edit(IDLE, { type: "resume", draft });
    expect([resumed.phase, resumed.draft, resumed.intents]).toEqual(["sketch", draft, [merge]]);
    expect(needsCheck(resumed)).toBe(true);
  });

  it("types into a form without a step of undo a letter", () => {
    const sketch = { ...startSketch("split_by_area", null), area: "5" };
    const typed = play(
      [
        { type: "amend", sketch },
        { type: "amend", sketch: { ...sketch, area: "50" } },
      ],
      sketched,
    );
    expect([typed.sketch?.area, typed.past.length]).toEqual(["50", sketched.past.length]);
  });
});
