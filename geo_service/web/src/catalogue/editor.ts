/** The editor's memory: what the draft is now, how it came to be, and what of it the service has. Pure. */
import type { Definition, ProcedureDraft } from "../api/administrationTypes";

export interface Editor {
  now: Definition;
  past: readonly Definition[];
  future: readonly Definition[];
  /** what the last change was about; further ones about the same are undone together */
  about: string | null;
  /** what the service has, and when it was saved there; none of a draft that was never saved */
  saved: Definition | null;
  seen: string | null;
}

const STEPS = 200;

/** An editor of a draft that the service has. */
export const opened = ({ definition, edited_at }: ProcedureDraft): Editor => ({
  now: definition,
  past: [],
  future: [],
  about: null,
  saved: definition,
  seen: edited_at,
});

/** An editor of a draft that is only begun. */
export const begun = (definition: Definition): Editor => ({
  now: definition,
  past: [],
  future: [],
  about: null,
  saved: null,
  seen: null,
});

export const isDirty = ({ now, saved }: Editor): boolean => now !== saved;

export type Move =
  | { do: "edit"; now: Definition; about: string | null }
  | { do: "undo" }
  | { do: "redo" }
  | { do: "saved"; sent: Definition; draft: ProcedureDraft };

export function moved(editor: Editor, move: Move): Editor {
  const { now, past, future } = editor;
  switch (move.do) {
    case "edit": {
      if (move.now === now) return editor;
      const together = move.about !== null && move.about === editor.about && future.length === 0;
      return {
        ...editor,
        now: move.now,
        past: together ? past : [...past, now].slice(-STEPS),
        future: [],
        about: move.about,
      };
    }
    case "undo": {
      const before = past.at(-1);
      if (!before) return editor;
      return { ...editor, now: before, past: past.slice(0, -1), future: [now, ...future], about: null };
    }
    case "redo": {
      const [after, ...rest] = future;
      if (!after) return editor;
      return { ...editor, now: after, past: [...past, now], future: rest, about: null };
    }
    case "saved":
      // what was typed while it was being saved stays, and is not saved yet
      return { ...editor, saved: move.sent, seen: move.draft.edited_at, about: null };
  }
}
