import { ActionIcon, Badge, Group, ScrollArea, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Finding } from "../api/findings";
import { useFinding } from "../api/findingsQueries";
import { Part } from "../dossier/FormTab";
import { openFinding, useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { PanelHead } from "../ui/PanelHead";
import { Chips } from "./Chips";
import classes from "./Findings.module.css";
import { FindingFacts } from "./FindingFacts";
import { FindingOnMap } from "./FindingsOnMap";
import { History } from "./History";
import { InspectionPart } from "./InspectionPart";
import { SeriesPlot } from "./SeriesPlot";
import { VerdictPart } from "./VerdictPart";
import { stateLook, transitionName, unitWords, placeName } from "./words";

interface Props {
  id: string;
  onStep: (by: 1 | -1) => void;
}

/** One finding: what was seen, what is known of the place, and what is to be said of it. */
export function FindingDetail({ id, onStep }: Props) {
  const { t } = useTranslation();
  const query = useFinding(id);
  return (
    <>
      <PanelHead
        title={
          <span data-testid="finding-title">
            {query.data ? transitionName(query.data.transition, t) : t("finding.title")}
          </span>
        }
        lead={
          query.data && (
            <Text>
              {t("finding.one", { n: query.data.number })} · {placeName(query.data, t)} ·{" "}
              {unitWords(query.data, t)}
            </Text>
          )
        }
        back={{ label: t("finding.back"), go: () => openFinding(null), testid: "finding-back" }}
        tools={
          <ActionIcon.Group>
            <ActionIcon
              variant="default"
              size="lg"
              onClick={() => onStep(-1)}
              aria-label={t("finding.previous")}
              title={t("finding.previous")}
            >
              <Icon name="left" />
            </ActionIcon>
            <ActionIcon
              variant="default"
              size="lg"
              onClick={() => onStep(1)}
              aria-label={t("finding.next")}
              title={t("finding.next")}
              data-testid="finding-next"
            >
              <Icon name="right" />
            </ActionIcon>
          </ActionIcon.Group>
        }
      />
      <ScrollArea className={classes.scroll} type="auto">
        <Loaded query={query}>{(finding) => <Content finding={finding} />}</Loaded>
      </ScrollArea>
    </>
  );
}

function Content({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { state, simulated, evidence } = finding;
  return (
    <Stack gap="lg" px="md" pb="md" data-testid="finding-detail">
      <FindingOnMap finding={finding} />
      <div>
        <Group gap={6} aria-live="polite">
          <Badge variant="light" style={stateLook(state)} data-testid="finding-state">
            {t(`finding.state.${state}`)}
          </Badge>
          {simulated && (
            <Badge color="yellow" c="#713f12" variant="light">
              {t("finding.simulated")}
            </Badge>
          )}
        </Group>
        <Text c="dimmed" mt={4} data-testid="finding-lead">
          {t("finding.lead")}
        </Text>
      </div>
      <Chips finding={finding} />
      <Part title={t("finding.evidence")}>
        <ul className={classes.evidence} data-testid="finding-evidence">
          {evidence.map((sentence) => (
            <li key={sentence.en}>{sentence[lang]}</li>
          ))}
        </ul>
      </Part>
      <VerdictPart key={finding.revision} finding={finding} />
      <InspectionPart finding={finding} />
      <Part title={t("finding.series.label")}>
        <SeriesPlot finding={finding} />
      </Part>
      <FindingFacts finding={finding} />
      <History finding={finding} />
    </Stack>
  );
}
