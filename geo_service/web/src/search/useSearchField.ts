import { useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { type ChangeEvent, type KeyboardEvent, useRef, useState } from "react";
import { searching, useSearch } from "../api/queries";
import type { SearchItem } from "../api/types";

/** A field to search with. Answers to what was typed before stay to be read, but Enter takes the first answer to what stands there now, and waits for it:
 * a scanner types a code and Enter within a blink. */
export function useSearchField(
  choose: (item: SearchItem) => void,
  wanted: (item: SearchItem) => boolean = () => true,
) {
  const client = useQueryClient();
  const [text, setText] = useState("");
  const turn = useRef(0);
  const typed = text.trim();
  const [settled] = useDebouncedValue(typed, 200);
  const result = useSearch(settled);
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const current = settled === typed && !result.isPlaceholderData && !result.isPending;
  const items = settled ? (result.data?.items ?? []).filter(wanted) : [];

  const type = (next: string) => {
    turn.current += 1;
    setText(next);
  };
  const takeFirst = async () => {
    turn.current += 1;
    const mine = turn.current;
    const answer = await client.query(searching(typed)).catch(() => null); // the list says what is wrong
    const first = answer?.items.find(wanted);
    if (first && mine === turn.current) choose(first);
  };
  return {
    combobox,
    items,
    current,
    settled,
    result,
    typed,
    type,
    submit: (index: string) => {
      const item = items[Number(index)];
      if (item) choose(item);
    },
    field: {
      value: text,
      onChange: (event: ChangeEvent<HTMLInputElement>) => {
        type(event.currentTarget.value);
        combobox.openDropdown();
        combobox.selectFirstOption();
      },
      onBlur: () => combobox.closeDropdown(),
      onKeyDown: (event: KeyboardEvent) => {
        if (event.key !== "Enter" || !typed || event.nativeEvent.isComposing) return;
        if (current && combobox.getSelectedOptionIndex() >= 0) return; // Mantine takes the one that is marked
        event.preventDefault();
        combobox.resetSelectedOption();
        void takeFirst();
      },
    },
  };
}
