import { expect, it } from "vitest";
import type { DossierAction, DossierBrief } from "../api/dossierTypes";
import type { User } from "../api/types";
import { inOrder, mayAssign, mayTake, termOf } from "./looks";

const action = (code: string, kind: string) => ({ code, kind }) as DossierAction;
const officer = (capabilities: Record<string, string[]>) => ({ id: 7, capabilities }) as unknown as User;
const dossier = (step: object, assignee: number | null = null) =>
  ({
    step: { role: "land_officer", place: "competent", clock: "running", ...step },
    assignee: assignee === null ? null : { id: assignee, name: "" },
    received_unit: { code: "00001", name: "" },
    competent_unit: { code: "00008", name: "" },
    finished_at: null,
    tone: null,
  }) as unknown as DossierBrief;

it("puts the way on first and what ends a dossier last", () => {
  const order = inOrder([
    action("stop", "stop"),
    action("ask", "ask_supplement"),
    action("to_sketch", "forward"),
    action("return", "send_back"),
    action("tax", "tax_slip"),
  ]);
  expect(order.map(({ code }) => code)).toEqual(["to_sketch", "ask", "tax", "return", "stop"]);
});

it("lets the desk take what lies with nobody", () => {
  const here = officer({ "desk.land_officer": ["00008"] });
  expect(mayTake(here, dossier({}))).toBe(true);
  expect(mayTake(here, dossier({}, 9))).toBe(false);
  expect(mayTake(officer({ "desk.land_officer": ["00001"] }), dossier({}))).toBe(false);
  expect(
    mayTake(officer({ "desk.reception": ["00001"] }), dossier({ role: "reception", place: "reception" })),
  ).toBe(true);
});

it("lets a leader give what somebody else has taken, and nobody what the citizen has", () => {
  const leader = officer({ "desk.leader": ["*"] });
  expect([mayAssign(leader, dossier({}, 9)), mayTake(leader, dossier({}))]).toEqual([true, false]);
  expect(mayAssign(leader, dossier({ role: "citizen" }))).toBe(false);
  expect(mayAssign(null, dossier({}))).toBe(false);
});

it("tells a clock that stands still from one that runs", () => {
  const running = dossier({});
  expect(termOf({ ...running, tone: "amber" })).toBe("amber");
  expect(termOf({ ...running, step: { ...running.step, clock: "paused" }, tone: "red" })).toBe("paused");
  expect(termOf(running)).toBe("none");
  expect(termOf({ ...running, tone: "red", finished_at: "2026-11-22T03:00:00Z" })).toBe("over");
});
