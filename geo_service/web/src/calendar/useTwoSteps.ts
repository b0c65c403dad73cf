import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { CALENDAR } from "../api/administrationQueries";
import type { CalendarChange, Moved } from "../api/administrationTypes";

/**
 * First what would happen, then doing it. What was looked at is what is done: any other wish has to be looked at again.
 */
export function useTwoSteps<T>(
  ask: (wish: T, preview: boolean) => Promise<CalendarChange>,
  onDone: () => void,
) {
  const client = useQueryClient();
  const [seen, setSeen] = useState<{ wish: T; moved: Moved } | null>(null);
  const look = useMutation({
    mutationFn: async (wish: T) => ({ wish, moved: (await ask(wish, true)).moved }),
    onSuccess: setSeen,
  });
  const confirm = useMutation({
    mutationFn: (wish: T) => ask(wish, false),
    onSuccess: async () => {
      setSeen(null);
      await client.invalidateQueries({ queryKey: CALENDAR });
      await client.invalidateQueries({ queryKey: ["calendar"] });
      onDone();
    },
  });
  return {
    seen,
    look,
    confirm,
    error: look.error ?? confirm.error,
    forget: () => {
      setSeen(null);
      look.reset();
      confirm.reset();
    },
  };
}
export type TwoSteps<T> = ReturnType<typeof useTwoSteps<T>>;
