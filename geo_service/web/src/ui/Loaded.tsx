import { Loader } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { ProblemAlert } from "./ProblemAlert";

interface Props<T> {
  query: { data: T | undefined; error: Error | null; isPlaceholderData?: boolean };
  children: (data: T) => ReactNode;
}

/** What was asked for when it is there; until then that it is coming, or why it does not. The answer to an earlier question stays to be read while a new one
 * is under way, but nothing in it can be acted on. */
export function Loaded<T>({ query: { data, error, isPlaceholderData }, children }: Props<T>) {
  const { t } = useTranslation();
  if (data !== undefined)
    return (
      <div style={{ display: "contents" }} inert={isPlaceholderData} aria-busy={isPlaceholderData}>
        {children(data)}
      </div>
    );
  if (error) return <ProblemAlert problem={asProblem(error)} />;
  return <Loader aria-label={t("loading")} />;
}
