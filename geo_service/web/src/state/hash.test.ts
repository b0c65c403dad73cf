import { describe, expect, it } from "vitest";
import { readHash, writeHash } from "./hash";

describe("the address of a view", () => {
  it("comes back as it was written", () => {
    const address = {
      camera: { zoom: 17.5, lat: 21.0285, lon: 105.8542 },
      parcel: "w7epxgxe0rmz",
      at: 42,
      page: "audit" as const,
      lang: "en" as const,
    };
    expect(readHash(writeHash(address))).toEqual(address);
  });

  it("ignores what makes no sense instead of breaking", () => {
    expect(readHash("#map=a/b/c&at=-3&lang=fr&page=root&parcel=")).toEqual({
      camera: null,
      parcel: null,
      at: null,
      page: null,
      lang: null,
    });
    expect(readHash("#map=17/99/105").camera).toBeNull();
    expect(readHash("")).toEqual({ camera: null, parcel: null, at: null, page: null, lang: null });
  });
});
