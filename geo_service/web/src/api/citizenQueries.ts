/** What the citizen's pages look at. What is one's own begins with `private`: signing out forgets it. */
import { type QueryClient, useQueries, useQuery } from "@tanstack/react-query";
import { citizen } from "./citizen";
import { forgetDossier } from "./dossierQueries";
import { me } from "./people";

const MINE = ["private", "own-dossiers"] as const;

export const useMyDossiers = () => useQuery({ queryKey: MINE, queryFn: citizen.dossiers, staleTime: 0 });

/** A procedure in force, with the terms of the unit where there is one. */
export const useDefinition = (code: string, unit: string | null) =>
  useQuery({
    queryKey: ["definition", code, unit],
    queryFn: async () => {
      const { definition, terms } = await citizen.procedure(code, unit);
      return { ...definition, ...terms };
    },
    placeholderData: (previous, query) => (query?.queryKey[1] === code ? previous : undefined),
    staleTime: 600_000,
  });

export const useTracked = (code: string | null, token: string | null) =>
  useQuery({
    queryKey: ["tracked", code, token],
    queryFn: () => citizen.track(code ?? "", token),
    enabled: code !== null,
    staleTime: 0,
  });

/** Working calendars of these years, as far as they are there. */
export const useCalendars = (years: readonly number[]) =>
  useQueries({
    queries: years.map((year) => ({
      queryKey: ["calendar", year],
      queryFn: () => citizen.calendar(year),
      staleTime: 600_000,
    })),
    combine: (results) => results.flatMap(({ data }) => data ?? []),
  });

/** Made old together with the dossier: the key begins like its own. */
export const usePrintable = (id: string) =>
  useQuery({
    queryKey: ["private", "dossier", id, "printable"],
    queryFn: () => citizen.printable(id),
    staleTime: 0,
  });

/** What the register holds of the person, where the account is linked to one. */
export const useOwnPerson = (linked: boolean) =>
  useQuery({ queryKey: ["private", "person"], queryFn: me.person, enabled: linked });

/** A dossier of one's own moved: everything shown of it is looked up again. */
export function forgetOwnDossier(client: QueryClient, id: string): void {
  forgetDossier(client, id);
  void client.invalidateQueries({ queryKey: MINE });
}
