/** The way to another provider of identities and back. */

/** Refusals on the way back that have a sentence of their own. */
const KNOWN = [
  "provider-down",
  "provider-refused",
  "provider-untrusted",
  "expired",
  "level-too-low",
  "not-linked",
  "disabled",
  "too-many-attempts",
] as const;
export type ReturnedError = (typeof KNOWN)[number] | "other";

/** Why a sign-in at the provider came back without one; null if this page is no return. */
export function signInErrorOf(search: string): ReturnedError | null {
  const slug = new URLSearchParams(search).get("sign_in_error");
  if (slug === null) return null;
  return KNOWN.find((known) => known === slug) ?? "other";
}

/** Where the provider's page begins; it leads back to the place of the map that is looked at. */
export const oidcAddress = ({ pathname, hash }: { pathname: string; hash: string }): string =>
  `/api/oidc/start?return_to=${encodeURIComponent(pathname + hash)}`;

/** Takes the error out of the address, so that a reload or a link does not say it again. */
export function takeSignInError(): ReturnedError | null {
  const error = signInErrorOf(location.search);
  if (error !== null) {
    const rest = new URLSearchParams(location.search);
    rest.delete("sign_in_error");
    const query = rest.toString();
    history.replaceState(null, "", `${location.pathname}${query ? `?${query}` : ""}${location.hash}`);
  }
  return error;
}
