/** The six digits of an authenticator, its secret, and the recovery codes. Pure. */

/** A secret in groups of four, to be read aloud or typed. */
export const inFours = (secret: string): string =>
  secret
    .replace(/\s+/g, "")
    .replace(/(.{4})(?=.)/g, "$1 ")
    .trim();

/** As typed: the spaces that authenticators show between the digits are dropped; recovery codes stay. */
export const cleanCode = (typed: string): string => typed.replace(/\s+/g, "");

/** Six digits, or the longer word of a recovery code. */
export function isCode(typed: string): boolean {
  const code = cleanCode(typed);
  return /^\d{6}$/.test(code) || (/^[0-9a-zA-Z-]{8,40}$/.test(code) && !/^\d{7,9}$/.test(code));
}

/** The file a person keeps: one code a line, under a line that says whose they are. */
export function codesFile(codes: readonly string[], heading: string): string {
  return `${heading}\n\n${codes.join("\n")}\n`;
}

/**
 * A picture from the service as an address that an `<img>` may load; nothing in it can run. On its own, unlike
 * inside a page, a picture has to name its language.
 */
export function svgAddress(svg: string): string {
  const named = svg.includes("xmlns=")
    ? svg
    : svg.replace(/<svg\b/, '<svg xmlns="http://www.w3.org/2000/svg"');
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(named)}`;
}
