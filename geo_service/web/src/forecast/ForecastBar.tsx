import "../i18n/imagery";
import { useMediaQuery } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { useForecasts } from "../api/imageryQueries";
import { useSession } from "../api/queries";
import { day } from "../format";
import { imagery, useImagery } from "../imagery/view";
import { may } from "../session/may";
import { view } from "../state/view";
import { MapBar } from "../ui/MapBar";
import { ForecastLegend } from "./ForecastLegend";

/** What the colours mean, and the way to how wrong they may be. */
export default function ForecastBar() {
  const { t } = useTranslation();
  const open = useImagery((v) => v.open);
  const forecast = useForecasts(may(useSession().data?.user, "finding.read")).data?.items[0];
  const narrow = useMediaQuery("(max-width: 60em)");
  if (!forecast?.better || (open && narrow)) return null;
  return (
    <MapBar
      name="forecast"
      title={t("forecast.title")}
      icon="chart"
      openLabel={t("forecast.open")}
      onOpen={open ? undefined : () => imagery.set({ open: true })}
      offLabel={t("forecast.off")}
      onOff={() => view.set({ forecast: false })}
    >
      <b>{t("forecast.bar", { until: day(forecast.until) })}</b>
      {forecast.simulated && <> · {t("imagery.simulated")}</>}
      <ForecastLegend forecast={forecast} />
    </MapBar>
  );
}
