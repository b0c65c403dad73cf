/** Words for the codes of the register; a code without a word is shown as it is. */
import type { TFunction } from "i18next";
import type { Right } from "../api/types";
import type { Language } from "../state/view";

export const partyKind = (kind: string, t: TFunction): string =>
  t(`rights.party.${kind}` as "rights.party.person", { defaultValue: kind });

/** The service names the types of rights; those it does not are shown by code. */
export const rightType = ({ type, type_vi, type_en }: Right, lang: Language): string =>
  (lang === "vi" ? type_vi : type_en) ?? type.replaceAll("_", " ");

export const rightKind = (kind: string, t: TFunction): string =>
  t(`rights.kind.${kind}` as "rights.kind.right", { defaultValue: kind });

export const blockKind = (kind: string, t: TFunction): string =>
  t(`block.kind.${kind}` as "block.kind.mortgage", { defaultValue: kind });

export const certificateStatus = (status: string, t: TFunction): string =>
  t(`rights.certificateStatus.${status}` as "rights.certificateStatus.in_force", {
    defaultValue: status.replaceAll("_", " "),
  });

export const roleName = (role: string, t: TFunction): string =>
  t(`roles.${role}` as "roles.citizen", { defaultValue: role });

/** What was looked at, for the person whose it is. */
export const seenName = (what: string, t: TFunction): string =>
  t(`rights.field.${what}` as "rights.field.phone", {
    defaultValue: t(`account.seen.${what}` as "account.seen.search", { defaultValue: what }),
  });

/** A whole needs no fraction. */
export const shareText = (share: string, t: TFunction): string =>
  isWhole(share) ? t("rights.whole") : share;

export function isWhole(share: string): boolean {
  const [num, den = "1"] = share.split("/").map((part) => part.trim());
  return num === den;
}

/** The service asks for five letters; a number alone says nothing. */
export const saysWhy = (note: string): boolean => (note.match(/\p{L}/gu) ?? []).length >= 5;
