/** What the board looks at; every move of a dossier makes it old. */
import { keepPreviousData, type QueryClient, useQuery } from "@tanstack/react-query";
import { board, type BoardQuestion, type CellName } from "./board";

const BOARD = ["private", "board"] as const;
/** a forecast does not change with every move */
const SLOW = { staleTime: 300_000, placeholderData: keepPreviousData } as const;

export const useBoard = (question: BoardQuestion) =>
  useQuery({
    queryKey: [...BOARD, "live", "numbers", question],
    queryFn: () => board.numbers(question),
    placeholderData: keepPreviousData,
  });

export const useMapUnits = (question: BoardQuestion) =>
  useQuery({
    queryKey: [...BOARD, "live", "units", question],
    queryFn: () => board.units(question),
    placeholderData: keepPreviousData,
  });

export const useOutlines = () =>
  useQuery({
    queryKey: [...BOARD, "outlines"],
    queryFn: board.outlines,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useSteps = (question: BoardQuestion) =>
  useQuery({
    queryKey: [...BOARD, "live", "steps", question],
    queryFn: () => board.steps(question),
    placeholderData: keepPreviousData,
  });

export const useForecast = (question: BoardQuestion) =>
  useQuery({
    queryKey: [...BOARD, "forecast", question],
    queryFn: () => board.forecast(question),
    ...SLOW,
  });

export const useCell = (
  question: BoardQuestion,
  cell: CellName | null,
  detail: string | null,
  offset: number,
) =>
  useQuery({
    queryKey: [...BOARD, "live", "cell", question, cell, detail, offset],
    queryFn: () => board.dossiers(question, cell ?? "open", detail, offset),
    enabled: cell !== null,
    placeholderData: keepPreviousData,
  });

/** Marks what moves change as old. */
export const forgetBoard = (client: QueryClient) =>
  client.invalidateQueries({ queryKey: [...BOARD, "live"] });
