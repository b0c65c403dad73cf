import { describe, expect, it } from "vitest";
import { cleanCode, codesFile, inFours, isCode, svgAddress } from "./codes";

describe("codes of the second factor", () => {
  it("shows the secret in groups of four", () => {
    expect(inFours("JBSWY3DPEHPK3PXP")).toBe("JBSW Y3DP EHPK 3PXP");
    expect(inFours("JBSWY3")).toBe("JBSW Y3");
    expect(inFours("")).toBe("");
  });

  it("takes digits with the space that authenticators show", () => {
    expect(cleanCode(" 123 456 ")).toBe("123456");
    expect(isCode("123 456")).toBe(true);
    expect(isCode("12345")).toBe(false);
    expect(isCode("1234567")).toBe(false);
  });

  it("takes a recovery code in place of the digits", () => {
    expect(isCode("k7f2-9q4m-x8rt")).toBe(true);
    expect(isCode("<script>")).toBe(false);
  });

  it("makes a file and a picture that carry the text unharmed", () => {
    expect(codesFile(["a", "b"], "Of me")).toBe("Of me\n\na\nb\n");
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" a="#%">';
    expect(decodeURIComponent(svgAddress(svg).split(",")[1] ?? "")).toBe(svg);
    expect(svgAddress('<svg a="#%">')).toBe(svgAddress(svg));
  });
});
