import type { TFunction } from "i18next";
import type { Parcel } from "../api/types";

/** How a parcel is called: number and sheet if it has them, else what it is. */
export function parcelTitle(parcel: Parcel, t: TFunction): string {
  const { number, sheet, kind, id } = parcel;
  if (number && sheet) return t("panel.title", { number, sheet });
  if (number) return t("panel.titleNumber", { number });
  return t("panel.titleKind", { kind: t(`kind.${kind}`), id });
}

/** Change kinds the interface knows by name; a newer service may have others, shown as they are. */
export function changeKind(kind: string, t: TFunction): string {
  return t(`change.${kind}` as "change.merge", { defaultValue: kind });
}

/** The unit with its rank: Phường Hoàn Kiếm, Xã Bát Tràng. */
export function unitName({ name, type }: { name: string; type: string }): string {
  return name.startsWith(type) ? name : `${type} ${name}`;
}
