/** Words for what partners and messages are. */
import type { TFunction } from "i18next";
import type { MessageState, PartnerHealth, Said } from "../api/administrationTypes";
import type { Language } from "../state/view";

export const saidText = (said: Said, lang: Language): string => (lang === "vi" ? said.text_vi : said.text_en);

export const partnerName = (code: string, t: TFunction): string =>
  t(`administration.partner.${code}` as "administration.partner.tax", { defaultValue: code });

/** What the message is about: phiếu chuyển, thông báo thuế, … */
export const kindName = (kind: string | null, t: TFunction): string =>
  kind === null
    ? t("administration.partners.unknownKind")
    : t(`administration.messageKind.${kind}` as "administration.messageKind.slip", { defaultValue: kind });

export const refusalName = (reason: string, t: TFunction): string =>
  t(`administration.refusal.${reason}` as "administration.refusal.unreadable", { defaultValue: reason });

export const STATE_COLOURS: Record<MessageState, string> = {
  waiting: "yellow",
  sent: "blue",
  done: "green",
  dead: "red",
  dropped: "gray",
};

export type Standing = "off" | "bad" | "slow" | "good";

/** How it stands with a partner, the worst first. */
export function standingOf({ configured, breaker, dead, inbox_dead, waiting }: PartnerHealth): Standing {
  if (breaker.state !== "closed" || dead > 0 || inbox_dead > 0) return "bad";
  if (!configured) return waiting > 0 ? "bad" : "off";
  return waiting > 0 ? "slow" : "good";
}

/** Members of a message's content in rows; what lies deeper is written as it is. */
export const contentRows = (content: Record<string, unknown>): [name: string, value: string][] =>
  Object.entries(content).map(([name, value]) => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);

/** What both sides count alike. */
export const agree = (compared: {
  sent: number;
  they_got: number;
  heard: number;
  they_sent: number;
}): boolean => compared.sent === compared.they_got && compared.heard === compared.they_sent;
