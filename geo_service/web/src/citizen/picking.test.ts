import { describe, expect, it } from "vitest";
import { refusalOf } from "./picking";

const PDF = "%PDF-1.7 …";
const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const file = (content: BlobPart, name: string) => new File([content], name);

describe("a file that is picked", () => {
  it.each([
    ["giay chung nhan.pdf", PDF],
    ["ẢNH.PNG", PNG],
    ["khong-duoi", PDF],
  ])("is taken: %s", async (name, content) => expect(await refusalOf(file(content, name), 1_000)).toBeNull());

  it.each([
    ["lies", "giay-chung-nhan.pdf", PNG],
    ["lies", "anh.jpg", "MZ a program"],
    ["notAccepted", "don.docx", "PK\u0003\u0004"],
    ["empty", "rong.pdf", ""],
    ["tooBig", "nang.pdf", PDF.repeat(200)],
  ])("is refused at once: %s (%s)", async (why, name, content) =>
    expect(await refusalOf(file(content, name), 1_000)).toBe(why),
  );
});
