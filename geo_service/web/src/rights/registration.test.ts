import { describe, expect, it } from "vitest";
import type { BaUnit, Right } from "../api/authority";
import { blank, complete, registrationOf, total, wishOf } from "./registration";

const right = (id: number, share: string, more: Partial<Right> = {}): Right => ({
  id,
  kind: "right",
  type: "land_use",
  share,
  party: {
    id: 100 + id,
    kind: "person",
    name: `Người ${id}`,
    identity_number: null,
    phone: null,
    address: null,
    members: [],
  },
  valid_from: "2020-01-01",
  valid_to: null,
  source: "GCN",
  certificate: 7,
  ...more,
});
const unit: BaUnit = {
  id: 5,
  kind: "land",
  certificates: [
    {
      id: 7,
      generation: "gcn2025",
      serial: "BB 00000001",
      book_number: null,
      issued_on: "2025-03-01",
      issuer: "",
      status: "in_force",
    },
  ],
  rights: [
    right(1, "1/2"),
    right(2, "1/2"),
    right(3, "1", { kind: "restriction", type: "passage", party: null }),
  ],
  parcels: [{ id: 9, code: null, label: "1/1" }],
};
const place = { unit: "00004", parcels: ["9"] };

describe("the sum of shares", () => {
  it.each([
    [["1/2", "1/2"], "1"],
    [["1/3", "1/3", "1/3"], "1"],
    [["1/2", "1/3"], "5/6"],
    [["2/4", " 1 / 4 "], "3/4"],
    [["1/2", ""], null],
    [["0,5"], null],
    [["1/0"], null],
  ])("of %j is %s", (shares, sum) =>
    expect(total(shares.map((share, key) => ({ ...blank(key, null, "A"), share })))).toBe(sum),
  );

  it("leaves out who gives up and what is no share of the land", () => {
    const { rows } = wishOf(unit, "HĐ 1", "2026-11-22");
    expect(total(rows)).toBe("1");
    expect(total(rows.map((row) => (row.key === 0 ? { ...row, stays: false } : row)))).toBe("1/2");
  });
});

describe("a registration", () => {
  it("of one who sells a half keeps the other half, the passage and the certificate", () => {
    const wish = wishOf(unit, "Hợp đồng 12", "2026-11-22");
    const rows = wish.rows.map((row) => (row.key === 0 ? { ...row, stays: false } : row));
    const buyer = { ...blank(9, null, " Trần Thị Mua "), number: "001185000007", share: "1/2" };
    const changed = { ...wish, rows: [...rows, buyer] };
    expect(complete(changed)).toBe(true);
    expect(registrationOf(changed, unit, place)).toEqual({
      unit: "00004",
      ba_unit: 5,
      certificate: { serial: "BB 00000001", issued_on: "2025-03-01" },
      source: "Hợp đồng 12",
      valid_from: "2026-11-22",
      rights: [
        { share: "1/2", kind: "right", type: "land_use", party: { id: 102 } },
        { share: "1", kind: "restriction", type: "passage" },
        {
          share: "1/2",
          type: "land_use",
          party: { kind: "person", name: "Trần Thị Mua", identity_number: "001185000007" },
        },
      ],
    });
  });

  it("of land without rights names the parcels, and needs a certificate", () => {
    const wish = { ...wishOf(null, "Quyết định 3", "2026-11-22"), rows: [blank(0, null, "Lê Văn Đầu")] };
    expect(complete(wish)).toBe(false);
    const certified = { ...wish, serial: "AA 00000002" };
    expect(complete(certified)).toBe(true);
    expect(registrationOf(certified, null, place)).toMatchObject({ ba_unit: null, parcels: ["9"] });
  });

  it("is not made where a holder is hidden from the officer", () => {
    const hidden = { ...unit, rights: [right(1, "1", { party: null })] };
    expect(registrationOf(wishOf(hidden, "x", "2026-11-22"), hidden, place)).toBeNull();
  });

  it("is not complete while shares are missing", () => {
    const wish = wishOf(unit, "HĐ", "2026-11-22");
    expect(complete({ ...wish, rows: wish.rows.slice(1) })).toBe(false);
  });
});
