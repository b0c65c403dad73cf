/** Drafts that are being edited, kept while the application is open: another screen does not lose what was typed. */
import type { QueryClient } from "@tanstack/react-query";
import { CATALOGUE } from "../api/administrationQueries";
import type { CatalogueEntry } from "../api/administrationTypes";
import { createStore, useStore } from "../state/store";
import { type Editor, isDirty } from "./editor";

const kept = createStore<Record<string, Editor | undefined>>({});

/** Of this person only: who signs in next does not find it. */
export const keyOf = (account: number, code: string): string => `${account}/${code}`;

export const useKept = (key: string): Editor | undefined => useStore(kept, (all) => all[key]);
export const keptNow = (key: string): Editor | undefined => kept.get()[key];
export const keep = (key: string, editor: Editor | undefined): void => kept.set({ [key]: editor });

/** Whether something would be lost if the application were closed now. */
export const hasUnsaved = (editor: Editor | undefined): boolean =>
  editor !== undefined && isDirty(editor) && (editor.past.length > 0 || editor.saved !== null);

/** What is not changed is read again from the service next time. */
export function forgetUnchanged(key: string): void {
  const editor = kept.get()[key];
  if (editor && !hasUnsaved(editor)) keep(key, undefined);
}

/** The draft is gone: published, or given up. */
export function forgetDraft(client: QueryClient, key: string, code: string): void {
  client.setQueryData<{ items: CatalogueEntry[] }>(
    [...CATALOGUE, "all"],
    (all) => all && { items: all.items.map((one) => (one.code === code ? { ...one, draft: null } : one)) },
  );
  forgetEditor(client, key, code);
}

/** The next look is at the draft as the service has it. */
export function forgetEditor(client: QueryClient, key: string, code: string): void {
  client.removeQueries({ queryKey: [...CATALOGUE, code, "draft"] });
  keep(key, undefined);
}
