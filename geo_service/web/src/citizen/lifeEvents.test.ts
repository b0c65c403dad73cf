import { describe, expect, it } from "vitest";
import type { ProcedureSummary } from "../api/dossierTypes";
import { lifeEventOf, matching } from "./lifeEvents";

const procedure = (code: string, name_vi: string, change_type: string | null): ProcedureSummary => ({
  code,
  name_vi,
  name_en: "",
  kind: "request",
  level: "branch",
  limit: { n: 5, unit: "working_day" },
  change_type,
  version: 1,
  valid_from: "2026-01-01",
});
const SPLIT = procedure("1.012784", "Tách thửa hoặc hợp thửa đất", "TN");
const SALE = procedure("1.013831", "Đăng ký biến động do chuyển nhượng quyền sử dụng đất", "CN");
const LEASE = procedure("1.013831-TL", "Đăng ký cho thuê lại", "TL");
const ALL = [LEASE, SALE, SPLIT];
const everyday = (event: string) => (event === "transfer" ? "mua bán nhà đất, sang tên sổ đỏ" : "");
const codes = (wanted: string) => matching(ALL, wanted, everyday).map(({ code }) => code);

describe("the way to a procedure", () => {
  it("forgives marks and case", () => expect(codes("tach THUA")).toEqual([SPLIT.code]));
  it("knows everyday words", () => expect(codes("sang tên")).toEqual([LEASE.code, SALE.code]));
  it("puts what is so called first", () => expect(codes("dat")).toEqual([SPLIT.code, SALE.code, LEASE.code]));
  it("finds a code", () => expect(codes("012784")).toEqual([SPLIT.code]));
  it("has everything without words, and nothing for nonsense", () =>
    expect([codes("").length, codes("xyz")]).toEqual([3, []]));
});

it("groups by life event, also what nobody foresaw", () => {
  expect([SPLIT, SALE].map(lifeEventOf)).toEqual(["parcel", "transfer"]);
  expect(lifeEventOf({ code: "1.012789", change_type: null })).toBe("information");
  expect(lifeEventOf({ code: "9.9", change_type: "ZZ" })).toBe("other");
});
