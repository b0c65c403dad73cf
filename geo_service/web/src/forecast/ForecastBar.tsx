import "../i18n/imagery";
import { ActionIcon } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { useForecasts } from "../api/imageryQueries";
import { useSession } from "../api/queries";
import { day } from "../format";
import { imagery, useImagery } from "../imagery/view";
import { may } from "../session/may";
import { view } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Forecast.module.css";
import { ForecastLegend } from "./ForecastLegend";

/** What the colours mean, and the way to how wrong they may be. */
export default function ForecastBar() {
  const { t } = useTranslation();
  const open = useImagery((v) => v.open);
  const forecast = useForecasts(may(useSession().data?.user, "finding.read")).data?.items[0];
  const narrow = useMediaQuery("(max-width: 60em)");
  if (!forecast?.better || (open && narrow)) return null;
  return (
    <section className={classes.bar} aria-label={t("forecast.title")} data-testid="forecast-bar">
      <div className={classes.grow}>
        <b>{t("forecast.bar", { until: day(forecast.until) })}</b>
        {forecast.simulated && <> · {t("imagery.simulated")}</>}
        <ForecastLegend forecast={forecast} />
      </div>
      {!open && (
        <ActionIcon
          variant="light"
          size={36}
          onClick={() => imagery.set({ open: true })}
          aria-label={t("forecast.open")}
          title={t("forecast.open")}
          data-testid="forecast-open"
        >
          <Icon name="chart" />
        </ActionIcon>
      )}
      <ActionIcon
        variant="subtle"
        color="gray"
        size={36}
        onClick={() => view.set({ forecast: false })}
        aria-label={t("forecast.off")}
        data-testid="forecast-off"
      >
        <Icon name="close" />
      </ActionIcon>
    </section>
  );
}
