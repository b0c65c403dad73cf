import { expect, it } from "vitest";
import type { DossierBrief } from "../api/dossierTypes";
import { settle, stepped } from "./settle";

const dossier = (id: string, revision = 1) => ({ id, revision }) as DossierBrief;
const ids = (rows: readonly { dossier: DossierBrief }[]) => rows.map(({ dossier: { id } }) => id);
const shown = settle([], [dossier("a"), dossier("b"), dossier("c")], false).rows;

it("shows what the service says while nobody holds the list", () => {
  const { rows, fresh } = settle(shown, [dossier("d"), dossier("c")], false);
  expect([ids(rows), fresh]).toEqual([["d", "c"], 0]);
});

it("keeps every row in its place while the list is held", () => {
  const { rows, fresh } = settle(shown, [dossier("d"), dossier("c", 2), dossier("a")], true);
  expect(ids(rows)).toEqual(["a", "b", "c"]);
  expect(rows.map(({ gone }) => gone)).toEqual([false, true, false]);
  expect(rows[2]?.dossier.revision).toBe(2);
  expect(fresh).toBe(1);
});

it("fills an empty list even while it is held", () => {
  expect(ids(settle([], [dossier("a")], true).rows)).toEqual(["a"]);
});

it("walks up and down and stays at the ends", () => {
  expect(stepped(shown, null, 1)).toBe("a");
  expect(stepped(shown, null, -1)).toBe("c");
  expect(stepped(shown, "a", 1)).toBe("b");
  expect(stepped(shown, "a", -1)).toBe("a");
  expect(stepped(shown, "c", 1)).toBe("c");
  expect(stepped([], "a", 1)).toBeNull();
});
