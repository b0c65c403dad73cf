import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { catalogue } from "../api/administration";
import { CATALOGUE } from "../api/administrationQueries";
import type { Check, Definition, ProcedureDraft } from "../api/administrationTypes";
import { type Editor, isDirty, type Move, moved } from "./editor";
import { located } from "./findings";
import { keep, keptNow } from "./kept";

/** What the check said, and about which definition. */
export interface Checked extends Check {
  of: Definition;
}

/** Editing, saving and checking one draft. The editor lies in `kept`, so that answers find it as it is by then. */
export function useDraft(key: string, editor: Editor) {
  const client = useQueryClient();
  const [checked, setChecked] = useState<Checked | null>(null);
  const move = (what: Move) => keep(key, moved(keptNow(key) ?? editor, what));

  const send = async (): Promise<Editor> => {
    const before = keptNow(key) ?? editor;
    if (!isDirty(before)) return before;
    const draft: ProcedureDraft = await catalogue.save(before.now, before.seen);
    move({ do: "saved", sent: before.now, draft });
    void client.invalidateQueries({ queryKey: [...CATALOGUE, "all"] });
    return keptNow(key) ?? editor;
  };
  const save = useMutation({ mutationFn: send });
  const check = useMutation({
    mutationFn: async (): Promise<Checked> => {
      const { saved, now } = await send();
      return { ...(await catalogue.check(now.code)), of: saved ?? now };
    },
    onSuccess: setChecked,
  });
  return {
    checked,
    /** tied to rows, so that it stays with them while they move */
    found: checked ? located(checked.findings, checked.of) : [],
    /** the draft is not any more what was checked */
    old: checked !== null && checked.of !== editor.now,
    edit: (now: Definition, about: string | null = null) => move({ do: "edit", now, about }),
    undo: () => move({ do: "undo" }),
    redo: () => move({ do: "redo" }),
    save,
    check,
  };
}
export type Draft = ReturnType<typeof useDraft>;
