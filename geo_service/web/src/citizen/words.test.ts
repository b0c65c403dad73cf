import { describe, expect, it } from "vitest";
import type { FeeRule, WorkingCalendar } from "../api/citizen";
import { dueOf, feesFor, limitWords, momentWords, workingDaysBetween, yearsBetween } from "./words";

const CALENDAR: WorkingCalendar = {
  year: 2026,
  hours: [{ valid_from: "2020-01-01", closes: "17:00:00" }],
  days: [
    { day: "2026-11-24", working: false },
    { day: "2026-08-22", working: true },
  ],
};
const SUNDAY = "2026-11-22T08:00:00+07:00";

describe("a term", () => {
  it("is said as people say it", () => {
    expect(limitWords({ n: 12, unit: "working_day", cutoff: null }, "vi")).toBe("12 ngày làm việc");
    expect(limitWords({ n: 1, unit: "working_day", cutoff: null }, "en")).toBe("1 working day");
    expect(limitWords({ n: 0, unit: "working_day", cutoff: "15:00" }, "vi")).toContain("trong ngày");
  });
});

describe("a due date", () => {
  it("names the hour, the day of the week and the date of Hanoi", () => {
    expect(momentWords("2026-11-25T10:00:00Z", "vi")).toBe("17:00 thứ Tư 25/11/2026");
    expect(momentWords("2026-11-22T18:00:00Z", "en")).toBe("01:00 Monday 23/11/2026");
  });

  it("counts working days, not holidays and week-ends", () => {
    expect(workingDaysBetween(SUNDAY, "2026-11-25T17:00:00+07:00", [CALENDAR])).toBe(2);
    expect(workingDaysBetween(SUNDAY, "2026-11-25T16:59:00+07:00", [CALENDAR])).toBe(1);
    expect(workingDaysBetween("2026-08-21T18:00:00+07:00", "2026-08-23T18:00:00+07:00", [CALENDAR])).toBe(1);
  });

  it("says nothing of days that no calendar covers", () => {
    expect(workingDaysBetween(SUNDAY, "2027-01-05T17:00:00+07:00", [CALENDAR])).toBeNull();
    expect(yearsBetween(SUNDAY, "2027-01-05T17:00:00+07:00")).toEqual([2026, 2027]);
  });

  it("is late when it has passed", () => {
    const now = Date.parse(SUNDAY);
    expect(dueOf("2026-11-19T17:00:00+07:00", now, [CALENDAR], "vi")).toMatchObject({ late: true, days: 1 });
    expect(dueOf("2026-11-23T17:00:00+07:00", now, [CALENDAR], "vi")).toMatchObject({ late: false, days: 1 });
  });
});

describe("what is to be paid online", () => {
  const fee = (
    code: string,
    channel: FeeRule["channel"],
    amount: number,
    more: Partial<FeeRule> = {},
  ): FeeRule => ({
    code,
    name_vi: code,
    name_en: code,
    kind: "fee",
    channel,
    rule: "fixed",
    amount,
    percent: null,
    exempt: [],
    source: "",
    ...more,
  });

  it("is the rule for online before the one for any channel, and nothing where only other channels pay", () => {
    const rules = [fee("a", "any", 100), fee("b", "counter", 25), fee("b", "online", 0), fee("c", "post", 5)];
    expect(feesFor("online", rules, {}).map(({ rule, amount }) => [rule.code, amount])).toEqual([
      ["a", 100],
      ["b", 0],
    ]);
  });

  it("takes a percentage of the price as it is typed, unless the form exempts from it", () => {
    const tax = fee("t", "any", 0, {
      rule: "percent_of_price",
      percent: 0.5,
      exempt: [{ field: "relation", values: ["spouse"], source: "luật" }],
    });
    expect(feesFor("online", [tax], { price: "1.250.000.000" })[0]?.amount).toBe(6_250_000);
    expect(feesFor("online", [tax], {})[0]?.amount).toBeNull();
    expect(feesFor("online", [tax], { price: "10", relation: "spouse" })[0]).toMatchObject({
      amount: 0,
      exempt: "luật",
    });
  });
});
