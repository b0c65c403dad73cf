import "../i18n/imagery";
import { Badge, Stack, Switch, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Forecast } from "../api/imagery";
import { useForecasts } from "../api/imageryQueries";
import { day, integer } from "../format";
import { useView, view } from "../state/view";
import { Loaded } from "../ui/Loaded";
import { hitsOf } from "./classes";
import classes from "./Forecast.module.css";

/** Where building may come next: switched on and off here, never without how wrong it was. */
export function ForecastPart() {
  const { t } = useTranslation();
  const query = useForecasts(true);
  return (
    <section className={classes.part} aria-labelledby="forecast-title" data-testid="forecast-part">
      <div className={classes.head}>
        <Title order={3} size="h5" id="forecast-title">
          {t("forecast.title")}
        </Title>
        {query.data?.items[0]?.simulated && (
          <Badge color="yellow" c="#713f12" variant="light" data-testid="forecast-simulated">
            {t("imagery.simulated")}
          </Badge>
        )}
      </div>
      <Loaded query={query}>
        {({ items: [newest] }) =>
          newest ? <Newest forecast={newest} /> : <Text c="dimmed">{t("forecast.none")}</Text>
        }
      </Loaded>
    </section>
  );
}

function Newest({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation();
  const on = useView((v) => v.forecast);
  const { better, problem, judged_to, until } = forecast;
  return (
    <Stack gap="xs">
      {better && (
        <Switch
          label={t("forecast.show")}
          checked={on}
          onChange={(event) => view.set({ forecast: event.currentTarget.checked })}
          data-testid="forecast-switch"
        />
      )}
      {problem !== null && (
        <Text data-testid="forecast-problem">{t(`forecast.problem.${problemName(problem)}`)}</Text>
      )}
      {problem === null && !better && <Text data-testid="forecast-worse">{t("forecast.worse")}</Text>}
      {better && on && <Text>{t("forecast.what", { from: day(judged_to), until: day(until) })}</Text>}
      {(on || !better) && <Proof forecast={forecast} />}
    </Stack>
  );
}

const PROBLEMS = ["too-few-changes", "nothing-came"] as const;
const problemName = (slug: string) => PROBLEMS.find((one) => one === slug) ?? "other";

/** How it did in a period that it had not seen. */
function Proof({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { figures, learned_from, learned_to, judged_from, judged_to } = forecast;
  if (!figures) return null;
  const { hits, plain, random } = hitsOf(figures);
  const number = new Intl.NumberFormat(lang === "vi" ? "vi-VN" : "en-GB", { maximumSignificantDigits: 3 });
  const rows = [
    ["forecast", integer(hits, lang)],
    ["plain", integer(plain, lang)],
    ["random", `≈ ${integer(random, lang)}`],
  ] as const;
  return (
    <>
      <table className={classes.proof} data-testid="forecast-proof">
        <caption>
          {t("forecast.proof", { k: integer(figures.k, lang), from: day(judged_from), to: day(judged_to) })}
        </caption>
        <tbody>
          {rows.map(([by, count]) => (
            <tr key={by}>
              <th scope="row">{t(`forecast.by.${by}`)}</th>
              <td>{count}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Text c="dimmed">
        {t("forecast.figures", {
          from: day(learned_from),
          to: day(learned_to),
          ap: number.format(figures.average_precision),
          plainAp: number.format(figures.persistence_average_precision),
          brier: number.format(figures.brier),
          baseBrier: number.format(figures.base_brier),
        })}
      </Text>
      <Text c="dimmed">{t("forecast.lead")}</Text>
    </>
  );
}
