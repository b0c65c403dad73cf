import type { TFunction } from "i18next";

/** What happened, in words; a kind this version has no words for is shown as the log has it. */
export function eventName(kind: string, t: TFunction): string {
  return t(`event.${kind}` as "event.session.opened", { defaultValue: kind });
}

/** Members of an entry's detail, in words. */
export const detailName = (name: string, t: TFunction): string =>
  t(`detail.${name}` as "detail.role", { defaultValue: name });

/** Enough of a hash to compare by eye. */
export const shortHash = (hash: string): string => hash.slice(0, 12);

/** The detail of an entry in one line: `field: phone · found: 1`. */
export function detailText(
  detail: Record<string, unknown> | null,
  named: (name: string) => string = (name) => name,
): string {
  return Object.entries(detail ?? {})
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `${named(name)}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" · ");
}
