import { describe, expect, it } from "vitest";
import type { ProcedureDraft } from "../api/administrationTypes";
import { told } from "./changes";
import {
  added,
  freeCode,
  isCode,
  moved,
  newAction,
  newPaper,
  newStep,
  ofKind,
  patched,
  removed,
} from "./definition";
import * as editor from "./editor";
import { indexOf, located, ofField, ofRow } from "./findings";
import { sample } from "./sample";

const at = (code: string) => sample.steps.findIndex((step) => step.code === code);

describe("a definition that is edited", () => {
  it("takes a step's actions along when the step is renamed or removed", () => {
    const renamed = patched(sample, "steps", at("checking"), { code: "review" });
    expect(renamed.actions.filter(({ from, to }) => from === "checking" || to === "checking")).toEqual([]);
    expect(renamed.actions.filter(({ from }) => from === "review")).toHaveLength(3);
    const without = removed(sample, "steps", at("supplement"));
    expect(without.actions.map(({ code }) => code)).not.toContain("ask");
    expect(without.actions).toHaveLength(sample.actions.length - 2);
    expect(sample.actions).toHaveLength(8);
  });

  it("lets exemptions follow the field and the choice they hang on", () => {
    const field = sample.fields[0];
    if (!field) throw new Error("no field");
    const choices = field.choices.map((one) => (one.code === "spouse" ? { ...one, code: "couple" } : one));
    const next = patched(sample, "fields", 0, { code: "tie", choices });
    expect(next.fees[0]?.exempt).toEqual([{ field: "tie", values: ["couple"], source: "" }]);
    expect(patched(sample, "fields", 0, { required: false }).fees).toBe(sample.fees);
  });

  it("adds, moves and removes rows", () => {
    const more = added(sample, "documents", newPaper(sample), 1);
    expect(more.documents.map(({ code }) => code)).toEqual(["don", "paper", "gcn"]);
    expect(moved(more, "documents", 0, 1).documents.map(({ code }) => code)).toEqual(["paper", "don", "gcn"]);
    expect(moved(more, "documents", 0, -1)).toBe(more);
    expect(removed(more, "documents", 1)).toEqual(sample);
  });

  it("makes codes the service takes, each once", () => {
    expect(freeCode("Đơn đề nghị (mẫu 18)", [], "x")).toBe("don_de_nghi_mau_18");
    expect(freeCode("18 – Đơn", ["don"], "x")).toBe("don_2");
    expect(freeCode("…", ["x", "x_2"], "x")).toBe("x_3");
    expect([isCode("a_1"), isCode("1a"), isCode("Đ"), isCode("")]).toEqual([true, false, false, false]);
    const step = newStep(added(sample, "steps", newStep(sample)));
    expect(step.code).toBe("step_2");
  });

  it("gives an action what its kind asks for", () => {
    const filed = sample.steps[0];
    if (!filed) throw new Error("no step");
    const action = newAction(sample, filed);
    expect(action).toMatchObject({ from: "filed", to: "refused", kind: "forward", role: "reception" });
    expect(ofKind(action, "stop")).toMatchObject({ kind: "stop", paper: "05", note: true, documents: false });
    expect(ofKind(action, "apologise")).toMatchObject({ to: "filed", paper: "04" });
    expect(ofKind({ ...action, paper: "01", documents: true }, "forward")).toMatchObject({
      paper: null,
      documents: false,
    });
  });
});

describe("the editor's memory", () => {
  const draft: ProcedureDraft = {
    version: 2,
    edited_at: "2026-11-22T08:00:00Z",
    edited_by: "An",
    definition: sample,
  };
  const named = (name_vi: string) => ({ ...sample, name_vi });

  it("undoes and does again, and knows what the service has", () => {
    let state = editor.opened(draft);
    expect(editor.isDirty(state)).toBe(false);
    state = editor.moved(state, { do: "edit", now: named("a"), about: null });
    state = editor.moved(state, { do: "edit", now: named("b"), about: null });
    state = editor.moved(state, { do: "undo" });
    expect([state.now.name_vi, editor.isDirty(state)]).toEqual(["a", true]);
    state = editor.moved(state, { do: "undo" });
    expect(editor.isDirty(state)).toBe(false);
    state = editor.moved(editor.moved(state, { do: "redo" }), { do: "redo" });
    expect(state.now.name_vi).toBe("b");
    expect(editor.moved(state, { do: "redo" })).toBe(state);
  });

  it("takes letters typed into one field as one change", () => {
    let state = editor.opened(draft);
    for (const name of ["x", "xy", "xyz"])
      state = editor.moved(state, { do: "edit", now: named(name), about: "name_vi" });
    expect(editor.moved(state, { do: "undo" }).now).toBe(sample);
  });

  it("keeps what was typed while it was being saved", () => {
    let state = editor.moved(editor.begun(sample), { do: "edit", now: named("a"), about: null });
    expect(state.seen).toBeNull();
    const sent = state.now;
    state = editor.moved(state, { do: "edit", now: named("ab"), about: null });
    state = editor.moved(state, { do: "saved", sent, draft: { ...draft, definition: sent } });
    expect([editor.isDirty(state), state.seen]).toEqual([true, draft.edited_at]);
    expect(editor.isDirty(editor.moved(state, { do: "undo" }))).toBe(false);
  });
});

describe("findings", () => {
  const finding = (path: string) => ({ code: "P", severity: "error" as const, path, vi: "", en: "" });

  it("stay with their element when rows move", () => {
    const [role, label, limit, list] = located(
      ["steps.3.role", "actions.3", "limit.n", "steps"].map(finding),
      sample,
    );
    if (!role || !label || !limit || !list) throw new Error("lost");
    expect(role).toMatchObject({ where: "steps", row: "checking", field: "role" });
    expect(label).toMatchObject({ where: "actions", row: "checking.ask", field: "" });
    expect(limit).toMatchObject({ where: "general", row: null, field: "limit.n" });
    expect(list).toMatchObject({ where: "steps", row: null });
    const later = removed(sample, "steps", at("refused"));
    expect(indexOf(role, later)).toBe(2);
    expect(ofRow([role, label], later, "steps", 2)).toEqual([role]);
    expect(indexOf(role, removed(sample, "steps", 3))).toBeNull();
    expect(ofField([limit], "limit")).toEqual([limit]);
  });
});

it("says names where the service says codes", () => {
  const said = [
    {
      code: "P07",
      severity: "error" as const,
      path: "steps.3.role",
      vi: "Bước “checking” chờ.",
      en: "Step “checking” waits.",
    },
    {
      code: "P13",
      severity: "error" as const,
      path: "actions.3.note",
      vi: "Thao tác “ask” phải ghi.",
      en: "Action “ask” needs.",
    },
    {
      code: "P03",
      severity: "error" as const,
      path: "steps.3",
      vi: "Bước “gone” là ngõ cụt.",
      en: "Step “gone” ends.",
    },
  ];
  const [step, act, gone] = located(said, sample);
  expect([step?.vi, step?.en]).toEqual(["Bước “Bước checking” chờ.", "Step “Step checking” waits."]);
  expect([act?.vi, act?.en]).toEqual(["Thao tác “Việc ask” phải ghi.", "Action “Act ask” needs."]);
  expect(gone?.vi).toBe("Bước “gone” là ngõ cụt.");
});

describe("what a draft changes", () => {
  it("is told by names, not by codes", () => {
    const change = (path: string, before: unknown, after: unknown) =>
      told({ path, before, after }, sample, sample, "vi");
    expect(change("limit.n", 5, 7)).toMatchObject({ where: "general", field: "limit.n", what: "changed" });
    expect(change("steps.checking.days", 2, 3)).toMatchObject({
      where: "steps",
      row: "Bước checking",
      field: "days",
    });
    expect(change("actions.checking.ask", null, {})).toMatchObject({
      row: "Bước checking → Việc ask",
      what: "added",
    });
    expect(change("fees.phi.any.amount", 1, 2)).toMatchObject({ where: "fees", row: "Phí", field: "amount" });
    expect(change("documents.gone", {}, null)).toMatchObject({ row: "gone", what: "removed" });
    expect(change("steps.order", [], [])).toMatchObject({ where: "steps", row: null, what: "order" });
  });
});
