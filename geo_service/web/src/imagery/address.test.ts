import { describe, expect, it } from "vitest";
import { type ImageryView, readImagery, START, writeImagery } from "./address";

const A = "9a0e8f44-52a1-4d5e-9a43-0a2b1c3d4e5f";
const B = "3f0e8f44-52a1-4d5e-9a43-0a2b1c3d4e5f";
const shown: ImageryView = { ...START, scene: A, look: "false-colour", opacity: 0.65 };

describe("what is shown from above, in the address", () => {
  it.each([
    ["one picture", shown],
    ["two dates", { ...shown, mode: "swipe", before: B, at: 0.37 }],
    ["a time lapse", { ...shown, mode: "lapse" }],
  ] satisfies [string, ImageryView][])("%s comes back as it was written", (_what, view) => {
    expect({ ...readImagery(writeImagery(view)), open: false }).toEqual(view);
  });

  it("is nothing while no picture is shown", () => {
    expect(writeImagery(START)).toBeNull();
    expect(writeImagery({ ...START, mode: "lapse", before: B })).toBeNull();
  });

  it("shows one picture while the second one is not chosen", () => {
    expect(writeImagery({ ...shown, mode: "swipe" })).toBe(`${A},false-colour,65`);
  });

  it.each([null, "", "x", `${A.slice(1)},ndvi,50`, `<script>,ndvi,50`])("takes nothing from %s", (text) => {
    expect(readImagery(text)).toEqual(START);
  });

  it("keeps what makes sense and lets the rest be", () => {
    expect(readImagery(`${A},<b>,900,nobody,5`)).toEqual({ ...START, scene: A });
    expect(readImagery(`${A},ndvi,50,${B},-1`)).toMatchObject({ mode: "swipe", before: B, at: START.at });
  });
});
