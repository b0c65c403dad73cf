import { Button, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Finding, FindingBrief, Observation } from "../api/findings";
import { useLandUse } from "../api/queries";
import { Part } from "../dossier/FormTab";
import dossier from "../dossier/Dossier.module.css";
import { area, day } from "../format";
import { blockKind } from "../rights/names";
import { openFinding, selectParcel, useView } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Findings.module.css";
import { landUseName, modelName, percent, placeName, transitionName, unitWords } from "./words";

/** What is known of the place: the parcel as registered, what stands on it, and what other runs saw. */
export function FindingFacts({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const known = useLandUse().data?.items ?? [];
  const { parcel, area_m2, probability, max_probability, persistence, blocks, observed, others } = finding;
  const changed = parcel
    ? t("finding.facts.share", {
        area: area(area_m2, lang),
        share: percent(Math.min(1, area_m2 / parcel.area_m2), lang),
      })
    : area(area_m2, lang);
  const rows: [string, string | null][] = [
    [
      t("finding.facts.parcel"),
      [placeName(finding, t), parcel?.code, parcel && !parcel.current && t("finding.parcelGone")]
        .filter(Boolean)
        .join(" · "),
    ],
    [t("finding.facts.unit"), unitWords(finding, t)],
    [t("finding.facts.landUse"), landUseName(finding.land_use, known, lang)],
    [t("finding.facts.parcelArea"), parcel && area(parcel.area_m2, lang)],
    [t("finding.area"), changed],
    [
      t("finding.probability"),
      `${percent(probability, lang)} (${t("finding.facts.highest", { p: percent(max_probability, lang) })})`,
    ],
    [t("finding.persistence.label"), t(`finding.persistence.${persistence}`)],
    [t("finding.facts.images"), `${finding.before_title} → ${finding.after_title}`],
    [t("finding.facts.model"), modelName(finding.model, t)],
  ];
  return (
    <>
      <Part title={t("finding.facts.label")}>
        <dl className={dossier.facts} data-testid="finding-facts">
          {rows
            .filter(([, value]) => value)
            .map(([name, value]) => (
              <div key={name} className={dossier.row}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          <div className={dossier.row}>
            <dt>{t("finding.facts.blocks")}</dt>
            <dd>
              {blocks.length === 0 && t("finding.facts.noBlocks")}
              {blocks.map((block) => (
                <span key={block.id}>
                  <Icon name="lock" size={16} /> {blockKind(block.kind, t)}: {block.reason}
                </span>
              ))}
            </dd>
          </div>
        </dl>
        {parcel && (
          <Button
            variant="default"
            leftSection={<Icon name="map" />}
            onClick={() => selectParcel(parcel.code ?? parcel.id)}
            visibleFrom="md"
          >
            {t("finding.facts.open")}
          </Button>
        )}
      </Part>
      {observed.length > 0 && (
        <Part title={t("finding.observed.label")}>
          <ul className={classes.plain}>
            {observed.map((one) => (
              <li key={one.run_id}>
                <Seen seen={one} />
              </li>
            ))}
          </ul>
        </Part>
      )}
      {others.length > 0 && (
        <Part title={t("finding.others")}>
          <ul className={classes.plain}>
            {others.map((one) => (
              <li key={one.id}>
                <Other finding={one} />
              </li>
            ))}
          </ul>
        </Part>
      )}
    </>
  );
}

function Seen({ seen }: { seen: Observation }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { before_at, after_at, state, changed_m2, observed_share } = seen;
  return (
    <Text>
      {t("finding.pair", { before: day(before_at), after: day(after_at) })}:{" "}
      {t(`finding.observed.${state}`, {
        area: area(changed_m2 ?? 0, lang),
        share: percent(observed_share ?? 0, lang),
      })}
    </Text>
  );
}

function Other({ finding }: { finding: FindingBrief }) {
  const { t } = useTranslation();
  const { id, transition, before_at, after_at, state } = finding;
  return (
    <button type="button" className={classes.link} onClick={() => openFinding(id)}>
      {transitionName(transition, t)} · {t("finding.pair", { before: day(before_at), after: day(after_at) })}{" "}
      · {t(`finding.state.${state}`)}
    </button>
  );
}
