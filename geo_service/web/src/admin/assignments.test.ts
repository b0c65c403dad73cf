import { describe, expect, it } from "vitest";
import type { Assignment } from "../api/types";
import { inForce, sorted, standing } from "./assignments";

const now = new Date("2026-11-22T05:00:00Z");
const held: Assignment = {
  id: 1,
  role: "surveyor",
  unit: null,
  unit_name: null,
  from: "2026-11-01",
  until: null,
  deputy_for: null,
  given_by: "a",
  given_at: "2026-11-01T00:00:00Z",
  ended_at: null,
};

describe("when a role is held", () => {
  it("holds on its first day, and up to the day of its end", () => {
    expect(inForce(held, now)).toBe(true);
    expect(inForce({ ...held, from: "2026-11-22", until: "2026-11-23" }, now)).toBe(true);
    expect(standing({ ...held, until: "2026-11-22" }, now)).toBe("past");
    expect(standing({ ...held, from: "2026-11-23" }, now)).toBe("future");
  });

  it("goes by the day of Hanoi", () => {
    expect(standing({ ...held, from: "2026-11-23" }, new Date("2026-11-22T17:30:00Z"))).toBe("now");
  });

  it("is over when it was ended", () =>
    expect(standing({ ...held, ended_at: "2026-11-20T00:00:00Z" }, now)).toBe("past"));

  it("lists what holds first", () => {
    const past = { ...held, id: 2, ended_at: "2026-11-20T00:00:00Z" };
    const future = { ...held, id: 3, from: "2027-01-01" };
    const newer = { ...held, id: 4, given_at: "2026-11-10T00:00:00Z" };
    expect(sorted([past, future, held, newer], now).map(({ id }) => id)).toEqual([4, 1, 3, 2]);
  });
});
