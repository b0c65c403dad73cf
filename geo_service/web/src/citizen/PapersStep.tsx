import { ActionIcon, Button, Loader, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { citizen, type ProcedureDefinition } from "../api/citizen";
import { asProblem } from "../api/client";
import type { NewDossier, Papers, WantedPaper } from "../api/dossierTypes";
import { day, integer } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Card } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import { answers } from "./answers";
import classes from "./Citizen.module.css";
import type { Chosen } from "./FilePage";
import type { Filing } from "./filing";
import { PaperSlot } from "./PaperSlot";
import { PaperState } from "./PaperState";
import { isPicture } from "./pictures";
import { StepButtons } from "./StepButtons";
import { nameOf } from "./words";

type AllChosen = Readonly<Record<string, Chosen>>;
interface Props {
  definition: ProcedureDefinition;
  filing: Filing;
  chosen: AllChosen;
  onChange: (paper: string, change: (before: Chosen) => Chosen) => void;
  onNext: () => void;
  onBack: () => void;
}

export const NOTHING: Chosen = { files: [], reuse: null };

/** What is filed, but for the contact of the person. */
export const dossierOf = (definition: ProcedureDefinition, filing: Filing): NewDossier => ({
  procedure: definition.code,
  parcels: filing.parcels.map(({ key }) => key),
  form: answers(
    definition.fields,
    filing.values,
    filing.parcels.map(({ key }) => key),
  ),
  channel: 2,
  ...(filing.parcels.length ? {} : { received_unit: filing.unit }),
});

/** What filing would ask for: what the register holds, what was handed in earlier, what is missing. */
export function useOutlook(definition: ProcedureDefinition, filing: Filing) {
  const dossier = dossierOf(definition, filing);
  return useQuery({
    queryKey: ["private", "outlook", dossier],
    queryFn: () => citizen.outlook(dossier),
    staleTime: 60_000,
  });
}

/** The papers, chosen before anything is filed. What we hold is not asked for; what was handed in earlier serves again at a tap. */
export function PapersStep({ definition, filing, chosen, onChange, onNext, onBack }: Props) {
  const { t } = useTranslation();
  const outlook = useOutlook(definition, filing);
  return (
    <>
      <Card title={t("citizen.file.step.papers")}>
        <Text mb="sm">{t("citizen.papers.hint", { limit: limitOf(outlook.data) })}</Text>
        {outlook.isPending && <Loader aria-label={t("loading")} />}
        {outlook.error && <ProblemAlert problem={asProblem(outlook.error)} />}
        {outlook.data && (
          <ul className={classes.papers} data-testid="papers-wanted">
            {outlook.data.checklist.map((wanted) => (
              <Wanted
                key={wanted.code}
                wanted={wanted}
                limit={outlook.data.limit_bytes}
                chosen={chosen[wanted.code] ?? NOTHING}
                onChange={(change) => onChange(wanted.code, change)}
              />
            ))}
          </ul>
        )}
      </Card>
      <StepButtons onNext={onNext} onBack={onBack} disabled={!outlook.data} />
    </>
  );
}

const MIB = 1024 * 1024;
const limitOf = (papers: Papers | undefined) => Math.floor((papers?.limit_bytes ?? 20 * MIB) / MIB);

/** Whether a paper will be there when all that is chosen has been handed in. */
export const isThere = (wanted: WantedPaper, { files, reuse }: Chosen = NOTHING) =>
  wanted.state === "held" || wanted.state === "attached" || files.length > 0 || reuse !== null;

interface WantedProps {
  wanted: WantedPaper;
  limit: number;
  chosen: Chosen;
  onChange: (change: (before: Chosen) => Chosen) => void;
}

function Wanted({ wanted, limit, chosen, onChange }: WantedProps) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const name = nameOf(wanted, lang);
  const { files, reuse } = chosen;
  // pictures are pages of one paper; any other file is the whole paper
  const pick = (picked: File[]) => {
    const whole = picked.find((file) => !isPicture(file));
    onChange((before) => ({
      files: whole ? [whole] : [...before.files.filter(isPicture), ...picked],
      reuse: null,
    }));
  };
  const state = files.length || reuse !== null ? "attached" : wanted.state;
  return (
    <li data-state={state} data-testid={`paper-${wanted.code}`}>
      <div className={classes.paperHead}>
        <div>
          <b>{name}</b>
          {wanted.form && <span className={classes.small}> · {wanted.form}</span>}
        </div>
        {state === "attached" ? (
          <span className={classes.paperState} data-state="attached">
            <Icon name="check" size={18} /> {t("citizen.papers.state.chosen")}
          </span>
        ) : (
          <PaperState state={wanted.state} required={wanted.required} />
        )}
      </div>
      {wanted.original && state !== "held" && (
        <div className={classes.small}>{t("citizen.papers.original")}</div>
      )}
      {files.map((file, i) => (
        <PickedFile
          key={`${file.name}/${file.lastModified}/${i}`}
          file={file}
          page={files.length > 1 ? i + 1 : null}
          onRemove={() =>
            onChange((before) => ({ ...before, files: before.files.filter((one) => one !== file) }))
          }
        />
      ))}
      {files.length > 1 && (
        <div className={classes.small}>{t("citizen.papers.bound", { count: files.length })}</div>
      )}
      {reuse !== null && wanted.earlier && (
        <div className={classes.file}>
          <Icon name="redo" />
          <span className={classes.grow}>{t("citizen.papers.reused", { code: wanted.earlier.dossier })}</span>
          <Button variant="light" onClick={() => onChange(() => NOTHING)}>
            {t("citizen.papers.undo")}
          </Button>
        </div>
      )}
      <div className={classes.pick}>
        {wanted.earlier && reuse === null && !files.length && (
          <Button
            leftSection={<Icon name="redo" />}
            onClick={() => onChange(() => ({ files: [], reuse: wanted.earlier?.document ?? null }))}
            data-testid={`reuse-${wanted.code}`}
          >
            {t("citizen.papers.reuse", { date: day(wanted.earlier.added_at) })}
          </Button>
        )}
        <PaperSlot
          name={name}
          limit={limit}
          onPick={pick}
          has={files.length ? "files" : state === "held" ? "record" : "nothing"}
          data-testid={`pick-${wanted.code}`}
        />
      </div>
    </li>
  );
}

interface PickedProps {
  file: File;
  page: number | null;
  onRemove: () => void;
}

function PickedFile({ file, page, onRemove }: PickedProps) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const address = useMemo(() => URL.createObjectURL(file), [file]);
  useEffect(() => () => URL.revokeObjectURL(address), [address]);
  return (
    <div className={classes.file}>
      {isPicture(file) && file.type !== "image/tiff" ? (
        <img src={address} alt="" className={classes.thumb} />
      ) : (
        <span className={classes.thumb}>
          <Icon name="log" size={32} />
        </span>
      )}
      <div className={classes.grow}>
        <div className={classes.wrap}>{file.name}</div>
        <div className={classes.small}>
          {page !== null && `${t("citizen.papers.page", { page })} · `}
          {integer(Math.max(1, Math.round(file.size / 1024)), lang)} KB
        </div>
      </div>
      <ActionIcon
        variant="subtle"
        color="red"
        size="lg"
        onClick={onRemove}
        aria-label={t("citizen.papers.remove", { name: file.name })}
      >
        <Icon name="trash" />
      </ActionIcon>
    </div>
  );
}
