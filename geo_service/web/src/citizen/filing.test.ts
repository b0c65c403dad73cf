import { describe, expect, it } from "vitest";
import { dropFiling, type Filing, impersonal, keepFiling, keptFiling, newFiling } from "./filing";

function memory(): Storage {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as unknown as Storage;
}
const FILING: Filing = {
  ...newFiling(),
  step: 3,
  parcels: [
    { key: "w7epxgxe0rmz", label: "Thửa 35, tờ 12", unit: "00004", place: "phường Ba Đình", area_m2: 213.4 },
  ],
  values: { pieces: "2", price: "1.250.000.000", reason: "Số của tôi 001 085 012 345" },
};

describe("what is being filled in", () => {
  it("comes back after a reload, at the papers at the latest, without numbers of people", () => {
    const store = memory();
    keepFiling(store, "citizen", "1.012784", FILING, ["reason"]);
    const { reason, ...values } = FILING.values;
    expect(keptFiling(store, "citizen", "1.012784")).toEqual({ ...FILING, step: 2, values });
    expect(reason).toContain("001 085");
    expect(keptFiling(store, "somebody", "1.012784")).toBeNull();
    expect(keptFiling(store, "citizen", "1.012784", Date.now() + 31 * 86_400_000)).toBeNull();
    dropFiling(store, "citizen", "1.012784");
    expect(keptFiling(store, "citizen", "1.012784")).toBeNull();
  });

  it("keeps prices and short numbers", () => {
    expect(
      impersonal({ price: "1250000000", reason: "thửa 35 tờ 12", tel: "0912.345.678" }, ["reason", "tel"]),
    ).toEqual({
      price: "1250000000",
      reason: "thửa 35 tờ 12",
    });
  });

  it("has an identity of its own", () => {
    expect(newFiling().id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(newFiling().id).not.toBe(newFiling().id);
  });
});
