/** How long an online dossier has waited for its first answer. Pure. */
import type { AnswerThresholds, DossierBrief, Tone } from "../api/dossierTypes";

export interface Waited {
  minutes: number;
  tone: Tone;
}

/** Office minutes where the service says them, else plain ones. */
export function waitedOf(
  { waited_minutes, filed_at }: Pick<DossierBrief, "waited_minutes" | "filed_at">,
  thresholds: AnswerThresholds | undefined,
  now: number,
): Waited {
  const minutes = waited_minutes ?? Math.max(0, (now - Date.parse(filed_at)) / 60_000);
  const { answer_amber_hours = 4, answer_red_hours = 8 } = thresholds ?? {};
  const tone =
    minutes >= 60 * answer_red_hours ? "red" : minutes >= 60 * answer_amber_hours ? "amber" : "green";
  return { minutes, tone };
}
