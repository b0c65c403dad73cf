/** Photographs of the pages of a paper become one PDF: a paper is one file, however many pages it has. */
import { type PicturePage, pdfOf } from "./pdf";

/** Enough to read small print on A4 (200 dots an inch). */
const LONGEST = 2_400;

export const isPicture = ({ type }: Pick<File, "type">) => type.startsWith("image/");

/** What is to be handed in as one paper: the file itself, or the pictures bound into a PDF of this name. */
export async function asOneFile(files: readonly File[], name: string): Promise<File> {
  const [first, ...more] = files;
  if (!first) throw new Error("no file");
  if (!more.length) return first;
  const pages = await Promise.all(files.map(pageOf));
  return new File([pdfOf(pages)], `${name}.pdf`, { type: "application/pdf" });
}

/** The picture upright, without what the camera wrote beside it. */
async function pageOf(file: File): Promise<PicturePage> {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("no canvas");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
  if (!blob) throw new Error("no picture");
  return { jpeg: new Uint8Array(await blob.arrayBuffer()), width: canvas.width, height: canvas.height };
}
