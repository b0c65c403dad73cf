/** What is said at once of a file that would be refused anyway. The service looks for itself; this only saves the way there. */
const KINDS = {
  pdf: { extensions: ["pdf"], type: "application/pdf" },
  jpeg: { extensions: ["jpg", "jpeg", "jpe", "jfif"], type: "image/jpeg" },
  png: { extensions: ["png"], type: "image/png" },
  webp: { extensions: ["webp"], type: "image/webp" },
  tiff: { extensions: ["tif", "tiff"], type: "image/tiff" },
} as const;
type Kind = keyof typeof KINDS;

/** For the file dialog; without HEIC, so that a phone hands its photographs over as JPEG. */
export const ACCEPTED = Object.values(KINDS)
  .map(({ type }) => type)
  .join(",");

export type Refusal = "empty" | "tooBig" | "lies" | "notAccepted";

export async function refusalOf(file: File, limit: number): Promise<Refusal | null> {
  if (file.size === 0) return "empty";
  if (file.size > limit) return "tooBig";
  const kind = kindOf(new Uint8Array(await file.slice(0, 16).arrayBuffer()));
  const extension = /\.([^.]+)$/.exec(file.name)?.[1]?.toLowerCase();
  const claimed = claimedBy(extension);
  if (claimed !== null && claimed !== kind) return "lies";
  return kind === null ? "notAccepted" : null;
}

function claimedBy(extension: string | undefined): Kind | null {
  const found = Object.entries(KINDS).find(([, { extensions }]) =>
    extensions.some((one) => one === extension),
  );
  return found ? (found[0] as Kind) : null;
}

/** What the first bytes say. */
export function kindOf(head: Uint8Array): Kind | null {
  const text = String.fromCharCode(...head);
  if (text.startsWith("%PDF-")) return "pdf";
  if (text.startsWith("\xff\xd8\xff")) return "jpeg";
  if (text.startsWith("\x89PNG")) return "png";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "WEBP") return "webp";
  return /^(II[*+]\0|MM\0[*+])/.test(text) ? "tiff" : null;
}
