import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { citizen } from "../api/citizen";
import type { Definition, Papers } from "../api/dossierTypes";
import { type Entry, faultsOf, toDossier } from "./entry";

/** What opening this would ask for, once the entry is whole: what the register holds need not be handed in. An answer outlives changes of the entry only
 * while person, parcels and procedure are the same: what is there for one says nothing of another. */
export function useOutlook(entry: Entry, definition: Definition): Papers | undefined {
  const ready = entry.opened === null && Object.keys(faultsOf(entry, definition)).length === 0;
  const asked = ready ? toDossier({ ...entry, receipt: "" }, definition) : null;
  const question = asked ? JSON.stringify(asked) : "";
  const [settled] = useDebouncedValue(question, 600);
  const about = JSON.stringify([definition.code, entry.identity, entry.parcels.map(({ key }) => key)]);
  return useQuery({
    // who applies is part of the question: forgotten with the person, and at once
    queryKey: ["private", "outlook", about, question],
    queryFn: () => citizen.outlook(JSON.parse(question) as NonNullable<typeof asked>),
    enabled: question !== "" && settled === question,
    gcTime: 0,
    retry: false,
    placeholderData: (previous, query) => (query?.queryKey[2] === about ? previous : undefined),
  }).data;
}
