/** Procedures by what a clerk types of them. Pure. */
import type { ProcedureSummary } from "../api/dossierTypes";
import { fold } from "../ui/fold";

const MOST = 12;

/** Every word typed is in the code or a name; those whose name begins with it come first. */
export function matching(all: readonly ProcedureSummary[], text: string): ProcedureSummary[] {
  const words = fold(text).split(/\s+/).filter(Boolean);
  if (!words.length) return all.slice(0, MOST);
  const wanted = words.join(" ");
  return all
    .map((procedure) => ({
      procedure,
      plain: fold(`${procedure.name_vi} ${procedure.code} ${procedure.name_en}`),
    }))
    .filter(({ plain }) => words.every((word) => plain.includes(word)))
    .sort((a, b) => Number(b.plain.startsWith(wanted)) - Number(a.plain.startsWith(wanted)))
    .slice(0, MOST)
    .map(({ procedure }) => procedure);
}
