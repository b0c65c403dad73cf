import { expect, it } from "vitest";
import type { PartnerHealth } from "../api/administrationTypes";
import { agree, contentRows, standingOf } from "./words";

const health = (more: Partial<PartnerHealth> = {}): PartnerHealth => ({
  code: "tax",
  name_vi: "Thuế",
  name_en: "Tax",
  configured: true,
  why: null,
  waiting: 0,
  oldest: null,
  sent_last_hour: 3,
  dead: 0,
  breaker: {
    state: "closed",
    until: null,
    failures: 0,
    last_ok_at: null,
    last_failed_at: null,
    last_error: null,
  },
  inbox_waiting: 0,
  inbox_dead: 0,
  inbox_last: null,
  turned_away: {},
  ...more,
});

it("says the worst there is about a partner", () => {
  expect(standingOf(health())).toBe("good");
  expect(standingOf(health({ waiting: 2 }))).toBe("slow");
  expect(standingOf(health({ dead: 1 }))).toBe("bad");
  expect(standingOf(health({ inbox_dead: 1 }))).toBe("bad");
  expect(standingOf(health({ breaker: { ...health().breaker, state: "open" } }))).toBe("bad");
  expect(standingOf(health({ configured: false }))).toBe("off");
  expect(standingOf(health({ configured: false, waiting: 1 }))).toBe("bad");
});

it("shows the content of a message in rows", () => {
  expect(contentRows({ code: "H26", amounts: { lptb: 5 }, due: null })).toEqual([
    ["code", "H26"],
    ["amounts", '{"lptb":5}'],
    ["due", "null"],
  ]);
});

it("compares both sides' counts", () => {
  expect(agree({ sent: 2, they_got: 2, heard: 1, they_sent: 1 })).toBe(true);
  expect(agree({ sent: 2, they_got: 1, heard: 1, they_sent: 1 })).toBe(false);
});
