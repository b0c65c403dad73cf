import { Alert, Button, Tabs } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { CatalogueEntry, ProcedureVersion } from "../api/administrationTypes";
import { day, isoDay } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Catalogue.module.css";
import { DraftTab } from "./DraftTab";
import { InForceTab } from "./InForceTab";
import { hasUnsaved, useKept } from "./kept";
import { Marks } from "./ProcedureList";
import { VariationsTab } from "./VariationsTab";
import { VersionsTab } from "./VersionsTab";
import { nameOf } from "./words";

type Tab = "force" | "draft" | "versions" | "variations";
const TABS: readonly Tab[] = ["force", "draft", "versions", "variations"];

interface Props {
  /** key of the editor's memory */
  id: string;
  entry: CatalogueEntry;
  onBack: () => void;
}

/** One procedure: what is in force, the draft, all versions, what units do otherwise. */
export function ProcedureView({ id, entry, onBack }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const [tab, setTab] = useState<Tab>(entry.draft || entry.version === null ? "draft" : "force");
  const [published, setPublished] = useState<ProcedureVersion | null>(null);
  const [looked, setLooked] = useState<string | null>(null);
  const unsaved = hasUnsaved(useKept(id));
  const at = looked ?? (entry.version === null ? null : isoDay(new Date()));
  return (
    <div data-testid="procedure">
      <div className={classes.title}>
        <Button
          variant="subtle"
          px="xs"
          leftSection={<Icon name="left" />}
          onClick={onBack}
          data-testid="to-list"
        >
          {t("administration.procedures")}
        </Button>
      </div>
      <div className={classes.title}>
        <h3>{nameOf(entry, lang)}</h3>
        <span className={classes.code}>{entry.code}</span>
        <Marks one={entry} />
      </div>
      {published && (
        <Alert
          color="green"
          icon={<Icon name="check" />}
          withCloseButton
          closeButtonLabel={t("close")}
          onClose={() => setPublished(null)}
          mb="sm"
          role="status"
          data-testid="published"
        >
          {t("administration.published", { version: published.version, day: day(published.valid_from) })}
        </Alert>
      )}
      <Tabs
        value={tab}
        onChange={(next) => {
          setTab(TABS.find((one) => one === next) ?? "force");
          setLooked(null);
        }}
        keepMounted={false}
      >
        <Tabs.List mb="md" className={classes.tabs}>
          {TABS.map((one) => (
            <Tabs.Tab
              key={one}
              value={one}
              data-testid={`tab-${one}`}
              rightSection={one === "draft" && unsaved ? <Icon name="pencil" size={16} /> : undefined}
            >
              {t(`administration.tab.${one}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="force">
          <InForceTab key={at} entry={entry} at={at} endable={looked === null} />
        </Tabs.Panel>
        <Tabs.Panel value="draft">
          <DraftTab
            id={id}
            entry={entry}
            onPublished={(version) => {
              setPublished(version);
              setTab("versions");
            }}
          />
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <VersionsTab
            code={entry.code}
            onLook={(day_) => {
              setLooked(day_);
              setTab("force");
            }}
          />
        </Tabs.Panel>
        <Tabs.Panel value="variations">
          <VariationsTab entry={entry} />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}
