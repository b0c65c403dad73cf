/** Several pictures as one PDF (1.4): each page is one JPEG as it is, on paper of its own shape. Pure. */
export interface PicturePage {
  jpeg: Uint8Array;
  width: number;
  height: number;
}

/** The longer side of a page in points: that of A4. */
const LONG_SIDE = 842;

export function pdfOf(pages: readonly PicturePage[]): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder();
  const parts: Uint8Array[] = [];
  const offsets: number[] = [];
  let length = 0;
  const put = (part: string | Uint8Array) => {
    const bytes = typeof part === "string" ? text.encode(part) : part;
    parts.push(bytes);
    length += bytes.length;
  };
  const object = (...content: (string | Uint8Array)[]) => {
    offsets.push(length);
    put(`${offsets.length} 0 obj\n`);
    content.forEach(put);
    put("\nendobj\n");
  };
  const stream = (head: string, data: Uint8Array) =>
    object(`<< ${head} /Length ${data.length} >>\nstream\n`, data, "\nendstream");

  // the second line tells programs that the file is not text
  put("%PDF-1.4\n");
  put(new Uint8Array([0x25, 0xe2, 0xe3, 0xcf, 0xd3, 0x0a]));
  object("<< /Type /Catalog /Pages 2 0 R >>");
  const kids = pages.map((_, i) => `${3 + 3 * i} 0 R`).join(" ");
  object(`<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`);
  pages.forEach(({ jpeg, width, height }, i) => {
    const [page, drawing, picture] = [3 + 3 * i, 4 + 3 * i, 5 + 3 * i];
    const scale = LONG_SIDE / Math.max(width, height);
    const [w, h] = [(width * scale).toFixed(2), (height * scale).toFixed(2)];
    object(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${w} ${h}] /Contents ${drawing} 0 R`,
      ` /Resources << /XObject << /P${page} ${picture} 0 R >> >> >>`,
    );
    stream("", text.encode(`q ${w} 0 0 ${h} 0 0 cm /P${page} Do Q`));
    stream(
      `/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode`,
      jpeg,
    );
  });
  const start = length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  put(`xref\n0 ${offsets.length + 1}\n0000000000 65535 f \n${rows}`);
  put(`trailer\n<< /Size ${offsets.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`);

  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
