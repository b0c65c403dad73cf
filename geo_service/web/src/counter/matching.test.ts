import { expect, it } from "vitest";
import type { ProcedureSummary } from "../api/dossierTypes";
import { matching } from "./matching";

const procedure = (code: string, name_vi: string, name_en = "") =>
  ({ code, name_vi, name_en }) as ProcedureSummary;
const all = [
  procedure("1.012756", "Đăng ký đất đai lần đầu", "First registration"),
  procedure("1.012784", "Tách thửa hoặc hợp thửa đất", "Split or merge of parcels"),
  procedure("1.012790", "Cấp lại giấy chứng nhận khi tách", "Re-issue"),
];
const codes = (text: string) => matching(all, text).map(({ code }) => code);

it("forgives diacritics and case, and takes words in any order", () => {
  expect(codes("THUA tach")).toEqual(["1.012784"]);
  expect(codes("dang ky")).toEqual(["1.012756"]);
});

it("finds by code and by the English name", () => {
  expect(codes("012784")).toEqual(["1.012784"]);
  expect(codes("merge")).toEqual(["1.012784"]);
});

it("puts names that begin so first", () => expect(codes("tach")).toEqual(["1.012784", "1.012790"]));

it("shows the first ones before anything is typed", () => expect(codes("")).toHaveLength(3));
