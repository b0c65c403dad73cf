import { ActionIcon, NativeSelect, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePapers } from "../api/dossierQueries";
import type { Definition, PaperKind, ProcedureDocument, WantedPaper } from "../api/dossierTypes";
import dossier from "../dossier/Dossier.module.css";
import { DropArea } from "../dossier/FileDrop";
import { PaperState } from "../dossier/PaperRow";
import { Icon } from "../ui/icons";
import classes from "./Counter.module.css";
import type { Entry } from "./entry";
import { useOutlook } from "./useOutlook";
import type { Scan } from "./useReceiving";

interface Props {
  entry: Entry;
  definition: Definition;
  documents: readonly ProcedureDocument[];
  files: readonly Scan[];
  disabled: boolean;
  onAdd: (scans: readonly Scan[]) => void;
  onDrop: (scan: Scan) => void;
}

/** Bytes, until the service has said its own limit. */
const USUAL_LIMIT = 20 * 1024 ** 2;
const KINDS: PaperKind[] = [0, 1, 2];

/** What the procedure asks for: attached here, held by the register, or missing. */
export function PapersPart({ entry, definition, documents, files, disabled, onAdd, onDrop }: Props) {
  const outlook = useOutlook(entry, definition);
  const checklist: WantedPaper[] =
    outlook?.checklist ?? documents.map((one) => ({ ...one, files: 0, state: "missing", earlier: null }));
  return (
    <div id="counter-papers">
      {entry.opened && <OpenedChecklist id={entry.opened} />}
      <ul className={classes.papers}>
        {checklist.map((wanted) => (
          <li key={wanted.code}>
            <Slot
              wanted={wanted}
              scans={files.filter(({ type }) => type === wanted.code)}
              limit={outlook?.limit_bytes ?? USUAL_LIMIT}
              disabled={disabled}
              onAdd={onAdd}
              onDrop={onDrop}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What the service has of a dossier that is open already. */
function OpenedChecklist({ id }: { id: string }) {
  const { t } = useTranslation();
  const papers = usePapers(id).data;
  const there = papers?.items.filter(({ origin }) => origin !== "issued") ?? [];
  if (!there.length) return null;
  return (
    <Text className={dossier.state} data-state="attached">
      <Icon name="check" />
      {t("counter.papers.there", { names: there.map(({ name }) => name).join(", ") })}
    </Text>
  );
}

interface SlotProps {
  wanted: WantedPaper;
  scans: readonly Scan[];
  limit: number;
  disabled: boolean;
  onAdd: (scans: readonly Scan[]) => void;
  onDrop: (scan: Scan) => void;
}

function Slot({ wanted, scans, limit, disabled, onAdd, onDrop }: SlotProps) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<PaperKind>(wanted.original ? 0 : 1);
  const state = scans.length ? "attached" : wanted.state;
  return (
    <div
      className={`${dossier.card} ${dossier.paper} ${classes.slot}`}
      data-state={state}
      data-testid={`counter-paper-${wanted.code}`}
    >
      <div className={classes.grow}>
        <PaperState wanted={{ ...wanted, state }} />
        {scans.map((scan) => (
          <Text key={`${scan.file.name}/${scan.file.lastModified}`} className={classes.scan}>
            <Icon name="clip" /> {scan.file.name} · {t(`dossier.paperKind.${scan.kind}`)}
            <ActionIcon
              variant="subtle"
              color="red"
              onClick={() => onDrop(scan)}
              disabled={disabled}
              aria-label={t("counter.papers.drop", { name: scan.file.name })}
            >
              <Icon name="trash" />
            </ActionIcon>
          </Text>
        ))}
      </div>
      <div className={classes.add}>
        <NativeSelect
          aria-label={t("counter.papers.kind")}
          value={String(kind)}
          onChange={(event) => setKind(KINDS.find((one) => String(one) === event.currentTarget.value) ?? 1)}
          data={KINDS.map((one) => ({ value: String(one), label: t(`dossier.paperKind.${one}`) }))}
          disabled={disabled}
        />
        <DropArea
          type={wanted.code}
          limit={limit}
          waiting={false}
          compact
          onFiles={(added) => onAdd(added.map((file) => ({ type: wanted.code, kind, file })))}
        />
      </div>
    </div>
  );
}
