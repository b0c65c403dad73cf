import { expect, it } from "vitest";
import { fold } from "./fold";

it("forgives marks and case", () => {
  expect(fold(" Phường ĐỐNG Đa ")).toBe("phuong dong da");
  expect(fold("Hoàn Kiếm".normalize("NFD"))).toBe(fold("hoan kiem"));
});
