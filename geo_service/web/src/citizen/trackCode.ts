/** The code of a dossier as people bring it along: typed, copied from a message with blanks and words, or the whole address of a QR code. */
import { readHash } from "../state/hash";

export interface Followed {
  code: string;
  token: string | null;
}

const CODE = /(\d{3}\.\d{2}(\.\d{2})?\.)?[A-Z]\d{2}(\.\d{1,3}){0,4}-(\d{6}|\d{8})-\d{4,7}/;
const DASHES = /[\u2010-\u2015\u2212_]/g;

/** Null for what cannot be a code. */
export function readCode(text: string): Followed | null {
  const hash = text.indexOf("#");
  if (hash >= 0) {
    const { code, token } = readHash(text.slice(hash).trim());
    if (code) return { code, token };
  }
  const bare = text.toUpperCase().replace(DASHES, "-").replace(/\s+/g, "");
  const found = CODE.exec(bare);
  return found ? { code: found[0], token: null } : null;
}
