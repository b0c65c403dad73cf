import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { citizen } from "../api/citizen";
import type { Definition, Papers } from "../api/dossierTypes";
import { type Entry, faultsOf, toDossier } from "./entry";

/** What opening this would ask for, once the entry is whole: what the register holds need not be handed in. */
export function useOutlook(entry: Entry, definition: Definition): Papers | undefined {
  const ready = entry.opened === null && Object.keys(faultsOf(entry, definition)).length === 0;
  const asked = ready ? toDossier({ ...entry, receipt: "" }, definition) : null;
  const [settled] = useDebouncedValue(asked ? JSON.stringify(asked) : "", 600);
  return useQuery({
    // who applies is part of the question: forgotten with the person, and at once
    queryKey: ["private", "outlook", settled],
    queryFn: () => citizen.outlook(JSON.parse(settled) as NonNullable<typeof asked>),
    enabled: settled !== "",
    gcTime: 0,
    retry: false,
    placeholderData: keepPreviousData,
  }).data;
}
