import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { qrCode, qrWithMask } from "./qr";

const ADDRESS = "https://dia-chinh.example.vn/#page=track&code=H26.103-261122-0001&t=Ab3_dE5fG7hI9jK1-M3o";
const digest = (code: boolean[][] | null) =>
  createHash("sha256")
    .update((code ?? []).map((row) => row.map(Number).join("")).join("\n"))
    .digest("hex")
    .slice(0, 32);

describe("a QR code", () => {
  // digests of what an independent encoder (segno) draws; texts that fill their version, for it pads the rest unlike the standard
  it.each([
    [1, "abcdefghijklmn", 3, "eb6576057613d504993f4aa9034efc12"],
    [6, ADDRESS.padEnd(106, "&"), 5, "861ae3e17b8d1dbd29dfe2e57ffec21f"],
    [7, "y".repeat(122), 2, "e07625fdf1137fc7a2381097f4367c1b"],
    [9, "x".repeat(180), 0, "21e02ceea8d235cf29ba53f809c61e9b"],
  ])("of version %i is drawn as others draw it", (version, text, mask, expected) => {
    const code = qrWithMask(text, mask);
    expect(code?.length).toBe(version * 4 + 17);
    expect(digest(code)).toBe(expected);
  });

  it("is a square, and none for what is too long", () => {
    const code = qrCode(ADDRESS);
    expect(code?.every((row) => row.length === code.length)).toBe(true);
    expect(qrCode("x".repeat(500))).toBeNull();
  });
});
