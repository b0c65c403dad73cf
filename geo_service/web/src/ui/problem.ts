import type { Problem } from "../api/types";
import type { Language } from "../state/view";

/** The sentence of a problem document in the language of the person. */
export function problemText(problem: Problem, lang: Language): { title: string; detail: string | null } {
  const vi = lang === "vi";
  return {
    title: (vi && problem.title_vi) || problem.title,
    detail: (vi && problem.detail_vi) || problem.detail || null,
  };
}
