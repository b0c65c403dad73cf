import "../i18n/citizen";
import "../i18n/work";
import { Alert, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ProcedureDefinition } from "../api/citizen";
import { forgetOwnDossier, useDefinition } from "../api/citizenQueries";
import { useSession } from "../api/queries";
import type { User } from "../api/types";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import classes from "./Citizen.module.css";
import { Filed } from "./Filed";
import { type Filing, keepFiling, keptFiling, newFiling, STEPS } from "./filing";
import { FormStep } from "./FormStep";
import { openFiling } from "./open";
import { NOTHING, PapersStep } from "./PapersStep";
import { PageButtons } from "./pageButtons";
import { ParcelsStep } from "./ParcelsStep";
import { type Contact, ReviewStep } from "./ReviewStep";
import { useSending } from "./useSending";
import { nameOf } from "./words";

/** Filing online, step by step; then what has come of it. The address names the procedure, and the dossier once there is one. */
export default function FilePage() {
  const { t } = useTranslation();
  const code = useView((v) => v.code);
  const user = useSession().data?.user;
  if (!user) return null;
  return (
    <Page title={t("citizen.file.title")} data-testid="file-page" aside={<PageButtons but="file" />}>
      {code ? <Procedure key={code} code={code} user={user} /> : <Text>{t("citizen.file.choose")}</Text>}
    </Page>
  );
}

function Procedure({ code, user }: { code: string; user: User }) {
  const [filing, setFiling] = useState<Filing>(
    () => keptFiling(localStorage, user.login, code) ?? newFiling(),
  );
  const unit = filing.parcels[0]?.unit ?? (filing.unit || null);
  const definition = useDefinition(code, unit);
  return (
    <Loaded query={definition}>
      {(found) => <Wizard definition={found} user={user} filing={filing} setFiling={setFiling} />}
    </Loaded>
  );
}

interface WizardProps {
  definition: ProcedureDefinition;
  user: User;
  filing: Filing;
  setFiling: (filing: Filing) => void;
}

/** Papers that were chosen: files of this device, or the one of an earlier dossier. */
export interface Chosen {
  files: readonly File[];
  reuse: number | null;
}

function Wizard({ definition, user, filing, setFiling }: WizardProps) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  const dossier = useView((v) => v.dossier);
  const [chosen, setChosen] = useState<Record<string, Chosen>>({});
  const [contact, setContact] = useState<Contact | null>(null);
  const sending = useSending((id) => forgetOwnDossier(client, id));
  const step = STEPS[filing.step] ?? "parcels";

  useEffect(() => {
    if (dossier) return;
    const free = definition.fields.filter(({ type }) => type === "text").map(({ code }) => code);
    keepFiling(localStorage, user.login, definition.code, filing, free);
  }, [dossier, definition, user.login, filing]);

  const go = (to: number) => setFiling({ ...filing, step: to });
  const next = () => go(filing.step + 1);
  const back = () => go(filing.step - 1);
  if (dossier) {
    return <Filed id={dossier} sending={sending} onAgain={() => openFiling(definition.code)} />;
  }
  return (
    <div className={classes.wizard}>
      <Text size="lg" fw={600}>
        {nameOf(definition, lang)}
      </Text>
      <Steps at={filing.step} onGo={go} />
      {step === "parcels" && (
        <ParcelsStep
          needed={definition.fields.some(({ type, required }) => type === "parcel" && required)}
          filing={filing}
          onChange={setFiling}
          onNext={next}
          linked={user.person}
        />
      )}
      {step === "form" && (
        <FormStep
          definition={definition}
          filing={filing}
          onChange={setFiling}
          onBack={back}
          linked={user.person}
        />
      )}
      {step === "papers" && (
        <PapersStep
          definition={definition}
          filing={filing}
          chosen={chosen}
          onChange={(paper, change) =>
            setChosen((before) => ({ ...before, [paper]: change(before[paper] ?? NOTHING) }))
          }
          onNext={next}
          onBack={back}
        />
      )}
      {step === "review" && (
        <ReviewStep
          {...{ definition, user, filing, chosen, contact, sending }}
          onContact={setContact}
          onFiled={() => {
            setFiling(newFiling());
            setChosen({});
          }}
          onGo={go}
          onBack={back}
        />
      )}
      {filing.step > 0 && step !== "review" && (
        <Alert color="gray" variant="light" icon={<Icon name="lock" />}>
          {t("citizen.file.kept")}
        </Alert>
      )}
    </div>
  );
}

/** Where one is; steps that are behind can be gone back to. */
function Steps({ at, onGo }: { at: number; onGo: (step: number) => void }) {
  const { t } = useTranslation();
  return (
    <ol className={classes.steps} aria-label={t("citizen.file.steps")}>
      {STEPS.map((step, i) => (
        <li
          key={step}
          data-state={i < at ? "done" : i === at ? "now" : "ahead"}
          aria-current={i === at ? "step" : undefined}
        >
          <button type="button" disabled={i >= at} onClick={() => onGo(i)}>
            <span className={classes.dot}>{i < at ? <Icon name="check" size={18} /> : i + 1}</span>
            <span className={classes.stepName}>{t(`citizen.file.step.${step}`)}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}
