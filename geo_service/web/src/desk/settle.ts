/** A list that stays where it is under the hand while what it shows changes. Pure. */
import type { DossierBrief } from "../api/dossierTypes";

export interface Row {
  dossier: DossierBrief;
  /** it is no longer in this list */
  gone: boolean;
}

export interface Settled {
  rows: readonly Row[];
  /** how many are in the list but not shown yet */
  fresh: number;
}

/**
 * While the list is held (somebody points at it or walks through it with the keyboard), rows keep their order: what has changed
 * is shown in its place, what has gone stays marked, what has come is only counted. Let go, the list is what the service says.
 */
export function settle(shown: readonly Row[], news: readonly DossierBrief[], held: boolean): Settled {
  if (!held || !shown.length) return { rows: news.map((dossier) => ({ dossier, gone: false })), fresh: 0 };
  const now = new Map(news.map((dossier) => [dossier.id, dossier]));
  const rows = shown.map(({ dossier }) => {
    const next = now.get(dossier.id);
    return { dossier: next ?? dossier, gone: next === undefined };
  });
  const known = new Set(rows.map(({ dossier }) => dossier.id));
  return { rows, fresh: news.filter(({ id }) => !known.has(id)).length };
}

/** The row that is chosen after a step up or down; the first or last when none was. */
export function stepped(rows: readonly Row[], chosen: string | null, by: 1 | -1): string | null {
  if (!rows.length) return null;
  const at = rows.findIndex(({ dossier }) => dossier.id === chosen);
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
  return rows[next]?.dossier.id ?? null;
}
