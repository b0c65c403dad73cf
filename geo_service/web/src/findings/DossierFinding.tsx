import "../i18n/findings";
import { Badge, Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { KeptFinding } from "../api/findings";
import { useLandUse, useSession } from "../api/queries";
import dossier from "../dossier/Dossier.module.css";
import { area, day } from "../format";
import { may } from "../session/may";
import { openFinding, useView } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Findings.module.css";
import { landUseName, percent, transitionName } from "./words";

/** What an inspection was opened about, as it was then. */
export function DossierFinding({ finding }: { finding: KeptFinding }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const known = useLandUse().data?.items ?? [];
  const reads = may(useSession().data?.user, "finding.read");
  const rows: [string, string | null][] = [
    [t("finding.area"), area(finding.area_m2, lang)],
    [t("finding.probability"), percent(finding.probability, lang)],
    [t("finding.facts.landUse"), landUseName(finding.land_use, known, lang)],
    [t("finding.persistence.label"), t(`finding.persistence.${finding.persistence}`)],
    [
      t("finding.facts.images"),
      t("finding.pair", { before: day(finding.before_at), after: day(finding.after_at) }),
    ],
  ];
  return (
    <div data-testid="dossier-finding">
      <Group gap={6}>
        <Text fw={600}>{transitionName(finding.transition, t)}</Text>
        <Text c="dimmed">{t("finding.one", { n: finding.number })}</Text>
        {finding.simulated && (
          <Badge color="yellow" c="#713f12" variant="light">
            {t("finding.simulated")}
          </Badge>
        )}
      </Group>
      <ul className={classes.evidence}>
        {finding.evidence.map((sentence) => (
          <li key={sentence.en}>{sentence[lang]}</li>
        ))}
      </ul>
      <dl className={dossier.facts}>
        {rows
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name} className={dossier.row}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <Text c="dimmed">{t("finding.lead")}</Text>
      {reads && (
        <Button
          variant="light"
          mt="xs"
          leftSection={<Icon name="target" />}
          onClick={() => openFinding(finding.id)}
          data-testid="dossier-show-finding"
        >
          {t("finding.dossier.open")}
        </Button>
      )}
    </div>
  );
}
