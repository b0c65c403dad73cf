import { useTranslation } from "react-i18next";
import { useUnits } from "../api/queries";
import { unitName } from "../panel/names";
import { useView } from "../state/view";

/** What a unit is called; `*` is the city. */
export function useUnitNames(): (code: string) => string {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const units = useUnits().data?.items ?? [];
  return (code) => {
    if (code === "*") return t("administration.city");
    const unit = units.find((one) => one.code === code);
    if (!unit) return code;
    return lang === "vi" ? unitName(unit) : unit.name_en;
  };
}
