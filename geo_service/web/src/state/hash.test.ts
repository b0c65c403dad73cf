import { describe, expect, it } from "vitest";
import { readHash, writeHash } from "./hash";

describe("the address of a view", () => {
  it("comes back as it was written", () => {
    const address = {
      camera: { zoom: 17.5, lat: 21.0285, lon: 105.8542 },
      parcel: "w7epxgxe0rmz",
      at: 42,
      page: "dossier" as const,
      dossier: "3f0e8f44-52a1-4d5e-9a43-0a2b1c3d4e5f",
      finding: "9a0e8f44-52a1-4d5e-9a43-0a2b1c3d4e5f",
      code: "H26.103-261122-0001",
      token: "a-b_c",
      imagery: "9a0e8f44-52a1-4d5e-9a43-0a2b1c3d4e5f,ndvi,80,lapse",
      forecast: true,
      lang: "en" as const,
    };
    expect(readHash(writeHash(address))).toEqual(address);
  });

  it("ignores what makes no sense instead of breaking", () => {
    expect(readHash("#map=a/b/c&at=-3&lang=fr&page=root&dossier=1&parcel=")).toEqual({
      camera: null,
      parcel: null,
      at: null,
      page: null,
      dossier: null,
      finding: null,
      code: null,
      token: null,
      imagery: null,
      forecast: false,
      lang: null,
    });
    expect(readHash("#map=17/99/105").camera).toBeNull();
    expect(Object.values(readHash("")).some(Boolean)).toBe(false);
  });
});
