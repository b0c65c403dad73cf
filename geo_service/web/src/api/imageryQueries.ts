import { type QueryClient, useQuery } from "@tanstack/react-query";
import { imageryApi, type RunBrief } from "./imagery";

const SCENES = ["private", "scenes"] as const;
const RUNS = ["private", "runs"] as const;
/** how often something under way is looked at */
const LOOK_MS = 1_000;

export const useScenes = (enabled: boolean) =>
  useQuery({ queryKey: SCENES, queryFn: imageryApi.scenes, enabled, staleTime: 60_000 });

/** A scene never changes. */
export const useLooks = (scene: string | null) =>
  useQuery({
    queryKey: ["private", "looks", scene],
    queryFn: () => imageryApi.looks(scene ?? ""),
    enabled: scene !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useUpload = (id: string | null) =>
  useQuery({
    queryKey: ["private", "upload", id],
    queryFn: () => imageryApi.upload(id ?? ""),
    enabled: id !== null,
    refetchInterval: ({ state }) =>
      state.data && !["queued", "converting"].includes(state.data.state) ? false : LOOK_MS,
  });

export const isUnderWay = ({ state }: Pick<RunBrief, "state">) => state === "queued" || state === "running";

export const useRun = (id: string | null) =>
  useQuery({
    queryKey: [...RUNS, id],
    queryFn: () => imageryApi.run(id ?? ""),
    enabled: id !== null,
    refetchInterval: ({ state }) => (state.data && !isUnderWay(state.data) ? false : LOOK_MS),
  });

export const useRuns = (enabled: boolean) =>
  useQuery({ queryKey: [...RUNS, "list"], queryFn: imageryApi.runs, enabled });

/** The newest first. */
export const useForecasts = (enabled: boolean) =>
  useQuery({
    queryKey: ["private", "forecasts"],
    queryFn: imageryApi.forecasts,
    enabled,
    staleTime: 60_000,
  });

export const forgetScenes = (client: QueryClient) => client.invalidateQueries({ queryKey: SCENES });
export const forgetRuns = (client: QueryClient) => client.invalidateQueries({ queryKey: RUNS });
