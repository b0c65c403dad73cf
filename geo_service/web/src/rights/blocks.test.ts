import { expect, it } from "vitest";
import type { Block } from "../api/types";
import { inForce } from "./blocks";

const block: Block = {
  id: 1,
  kind: "mortgage",
  reason: "",
  source: null,
  from: "2026-01-01",
  until: null,
  lifted_at: null,
};

it("holds from its first day up to the day of its end, until it is lifted", () => {
  expect(inForce(block, "2026-01-01")).toBe(true);
  expect(inForce(block, "2025-12-31")).toBe(false);
  expect(inForce({ ...block, until: "2026-07-01" }, "2026-06-30")).toBe(true);
  expect(inForce({ ...block, until: "2026-07-01" }, "2026-07-01")).toBe(false);
  expect(inForce({ ...block, lifted_at: "2026-02-01T00:00:00Z" }, "2026-03-01")).toBe(false);
});
