/** Procedures by what happens in people's lives, and finding one in everyday words. The catalogue is the service's; this is only the way in. */
import type { ProcedureSummary } from "../api/dossierTypes";
import { fold } from "../ui/fold";

export const LIFE_EVENTS = [
  "transfer",
  "parcel",
  "certificate",
  "use",
  "mortgage",
  "information",
  "first",
  "holder",
  "dispute",
  "other",
] as const;
export type LifeEvent = (typeof LIFE_EVENTS)[number];

/** By the code of the change in the cadastral books. */
const BY_CHANGE: Record<string, LifeEvent> = {
  ...all("transfer", "CN CD TK TA GP XV CT TL XT DG TQ VC BN GA"),
  ...all("parcel", "TN TD SA HC LK"),
  ...all("certificate", "CL SN"),
  ...all("use", "CM GH TG"),
  ...all("mortgage", "TC XC XN"),
  ...all("holder", "DT TS CP DC DH"),
  ...all("dispute", "GT GK"),
};
/** Those that change nothing in the books. */
const BY_CODE: Record<string, LifeEvent> = {
  "1.012789": "information",
  "1.013978": "first",
  "1.012753": "first",
  "1.012756": "first",
};

function all(event: LifeEvent, codes: string): Record<string, LifeEvent> {
  return Object.fromEntries(codes.split(" ").map((code) => [code, event]));
}

export const lifeEventOf = ({
  code,
  change_type,
}: Pick<ProcedureSummary, "code" | "change_type">): LifeEvent =>
  BY_CODE[code] ?? BY_CHANGE[change_type ?? ""] ?? "other";

/**
 * The procedures in which every word is found, in the name or code before those where only the everyday words of the
 * life event have it, the plainest first. Marks and case are forgiven.
 */
export function matching(
  procedures: readonly ProcedureSummary[],
  wanted: string,
  everyday: (event: LifeEvent) => string,
): ProcedureSummary[] {
  const words = fold(wanted).split(/\s+/).filter(Boolean);
  const scored = procedures.map((procedure) => {
    const name = fold(`${procedure.code} ${procedure.name_vi} ${procedure.name_en}`);
    if (words.every((word) => name.includes(word))) return { procedure, score: 2 };
    const wider = `${name} ${fold(everyday(lifeEventOf(procedure)))}`;
    return { procedure, score: words.every((word) => wider.includes(word)) ? 1 : 0 };
  });
  return (
    scored
      .filter(({ score }) => score > 0)
      // what everybody asks for has a short name, the rare case a long one
      .sort((a, b) => b.score - a.score || a.procedure.name_vi.length - b.procedure.name_vi.length)
      .map(({ procedure }) => procedure)
  );
}
