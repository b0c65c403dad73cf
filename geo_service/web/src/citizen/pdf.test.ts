import { expect, it } from "vitest";
import { pdfOf } from "./pdf";

const page = (size: number, width: number, height: number) => ({
  jpeg: new Uint8Array(size).fill(0xff),
  width,
  height,
});

it("makes a PDF whose table says where every object begins", () => {
  const pdf = new TextDecoder("latin1").decode(pdfOf([page(10, 3000, 2000), page(20, 1000, 2000)]));
  expect(pdf.startsWith("%PDF-1.4\n")).toBe(true);
  const start = Number(/startxref\n(\d+)/.exec(pdf)?.[1]);
  expect(pdf.slice(start, start + 9)).toBe("xref\n0 9\n");
  const offsets = [...pdf.slice(start).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, offset]) => Number(offset));
  expect(offsets.map((offset, i) => pdf.slice(offset).startsWith(`${i + 1} 0 obj`))).toEqual(
    Array(8).fill(true),
  );
  expect(pdf).toContain("/MediaBox [0 0 842.00 561.33]");
  expect(pdf).toContain("/MediaBox [0 0 421.00 842.00]");
});
