import { Button, Group, NativeSelect } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Facet, type FindingCounts, type FindingFilter, SORTS, STATES } from "../api/findings";
import { useLandUse, useUnits } from "../api/queries";
import { area, day, integer } from "../format";
import { unitName } from "../panel/names";
import { useView } from "../state/view";
import classes from "./Findings.module.css";
import { findingsView, narrowed, useFindingsView, WAITING } from "./findingsView";
import { landUseName, modelName, percent, transitionName } from "./words";

const AREAS = [50, 100, 300, 1_000, 5_000];
const LIKELY = [0.5, 0.7, 0.9];
interface Choice {
  value: string;
  label: string;
}

/** What the list is narrowed to; each choice says how many findings it would leave. */
export function FindingFilters({ counts }: { counts: FindingCounts | undefined }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { filter, sort } = useFindingsView();
  const [more, setMore] = useState(false);
  const narrow = useMediaQuery("(max-width: 60em)");
  const set = (change: Partial<FindingFilter>) =>
    findingsView.set({ filter: { ...findingsView.get().filter, ...change }, chosen: null });
  const units = useUnits().data?.items ?? [];
  const known = useLandUse().data?.items ?? [];
  const numbered = (facet: Facet, value: string, label: string): Choice => {
    const n = counts?.[facet][value];
    return { value, label: n === undefined ? label : `${label} (${integer(n, lang)})` };
  };
  /** Choices that leave something, and the one that is made. */
  const choices = (facet: Exclude<Facet, "state">, name: (code: string) => string): Choice[] =>
    [...new Set([...Object.keys(counts?.[facet] ?? {}), filter[facet]])]
      .filter(Boolean)
      .map((code) => numbered(facet, code, name(code)))
      .sort((a, b) => a.label.localeCompare(b.label, lang));
  const nameOfUnit = (code: string) => {
    if (code === "*") return t("finding.city");
    const found = units.find((one) => one.code === code);
    return found ? unitName(found) : code;
  };
  const nameOfRun = (id: string) => {
    const run = counts?.runs.find((one) => one.id === id);
    if (!run) return id.slice(0, 8);
    const pair = t("finding.pair", { before: day(run.before_at), after: day(run.after_at) });
    return `${pair} · ${modelName(run.model, t)}`;
  };
  const select = (name: keyof FindingFilter, label: string, any: string, data: Choice[]) => (
    <NativeSelect
      aria-label={label}
      value={filter[name]}
      onChange={(event) => set({ [name]: event.currentTarget.value })}
      data={[{ value: "", label: any }, ...data]}
      data-testid={`finding-filter-${name}`}
    />
  );
  return (
    <div className={classes.filters} role="search" aria-label={t("finding.filter.label")}>
      {select(
        "state",
        t("finding.filter.state"),
        t("finding.filter.anyState"),
        STATES.map((state) => numbered("state", state, t(`finding.state.${state}`))),
      )}
      {(more || !narrow) && (
        <>
          <NativeSelect
            aria-label={t("finding.filter.sort")}
            value={sort}
            onChange={(event) =>
              findingsView.set({
                sort: SORTS.find((one) => one === event.currentTarget.value) ?? "rank",
                chosen: null,
              })
            }
            data={SORTS.map((one) => ({ value: one, label: t(`finding.sort.${one}`) }))}
            data-testid="finding-sort"
          />
          {select(
            "transition",
            t("finding.filter.transition"),
            t("finding.filter.anyTransition"),
            choices("transition", (code) => transitionName(code, t)),
          )}
        </>
      )}
      {more && (
        <>
          {select("unit", t("finding.filter.unit"), t("finding.filter.anyUnit"), choices("unit", nameOfUnit))}
          {select(
            "land_use",
            t("finding.filter.landUse"),
            t("finding.filter.anyLandUse"),
            choices("land_use", (code) => landUseName(code, known, lang) ?? code),
          )}
          {select(
            "min_area",
            t("finding.filter.area"),
            t("finding.filter.anyArea"),
            AREAS.map((one) => ({ value: String(one), label: `≥ ${area(one, lang)}` })),
          )}
          {select(
            "min_probability",
            t("finding.filter.probability"),
            t("finding.filter.anyProbability"),
            LIKELY.map((one) => ({ value: String(one), label: `≥ ${percent(one, lang)}` })),
          )}
          {select("run", t("finding.filter.run"), t("finding.filter.anyRun"), choices("run", nameOfRun))}
        </>
      )}
      <Group gap="xs" grow wrap="nowrap">
        <Button
          variant="default"
          onClick={() => setMore(!more)}
          aria-expanded={more}
          data-testid="finding-filter-more"
        >
          {t(more ? "finding.filter.less" : "finding.filter.more")}
        </Button>
        {narrowed(filter) && (
          <Button
            variant="subtle"
            onClick={() => findingsView.set({ filter: WAITING, chosen: null })}
            data-testid="finding-filter-clear"
          >
            {t("finding.filter.clear")}
          </Button>
        )}
      </Group>
    </div>
  );
}
