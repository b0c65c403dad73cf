import { Loader } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { ProblemAlert } from "./ProblemAlert";

interface Props<T> {
  query: { data: T | undefined; error: Error | null };
  children: (data: T) => ReactNode;
}

/** What was asked for when it is there; until then that it is coming, or why it does not. */
export function Loaded<T>({ query: { data, error }, children }: Props<T>) {
  const { t } = useTranslation();
  if (data !== undefined) return children(data);
  if (error) return <ProblemAlert problem={asProblem(error)} />;
  return <Loader aria-label={t("loading")} />;
}
