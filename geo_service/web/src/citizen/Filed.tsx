import { Alert, Button, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { forgetOwnDossier } from "../api/citizenQueries";
import { useDossier, usePapers, useThresholds } from "../api/dossierQueries";
import type { Dossier } from "../api/dossierTypes";
import { useDossierFeed } from "../live/useDossierFeed";
import { followDossier, useView } from "../state/view";
import { CopyText } from "../ui/CopyText";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import classes from "./Citizen.module.css";
import { openMine, trackingAddress } from "./open";
import { IssuedPapers } from "./IssuedPapers";
import { PaperList } from "./PaperList";
import { isOpen, PayList } from "./PayList";
import { QrCode } from "./QrCode";
import type { Sending } from "./useSending";
import { limitWords, nameOf } from "./words";

interface Props {
  id: string;
  sending: Sending;
  onAgain: () => void;
}

/** What has come of filing: the code to keep, papers on their way, what is to be paid, what happens next. */
export function Filed({ id, sending, onAgain }: Props) {
  const dossier = useDossier(id);
  const client = useQueryClient();
  useDossierFeed([`dossier/${id}`], () => forgetOwnDossier(client, id));
  return (
    <Loaded query={dossier}>
      {(found) => <Receipt dossier={found} sending={sending} onAgain={onAgain} />}
    </Loaded>
  );
}

function Receipt({ dossier, sending, onAgain }: { dossier: Dossier; sending: Sending; onAgain: () => void }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  const papers = usePapers(dossier.id);
  const address = trackingAddress(dossier.code, dossier.token);
  const missing =
    papers.data?.checklist.filter(
      ({ required, state }) => required && (state === "missing" || state === "reusable"),
    ) ?? [];
  const failed = sending.errands.some(({ state }) => state === "failed");
  return (
    <div className={classes.wizard} data-testid="filed">
      <section className={classes.receipt}>
        <div>
          <Text size="lg">
            <Icon name="check" /> {t("citizen.filed.title", { unit: dossier.received_unit.name })}
          </Text>
          <div className={classes.small}>{nameOf(dossier.procedure, lang)}</div>
          <div className={classes.bigCode}>
            <span data-testid="dossier-code">{dossier.code}</span>
            <CopyText text={dossier.code} />
          </div>
          <Text>{t("citizen.filed.keep")}</Text>
          <div className={classes.actions}>
            <Button
              leftSection={<Icon name="eye" />}
              onClick={() => followDossier(dossier.code, dossier.token)}
              data-testid="follow"
            >
              {t("citizen.filed.follow")}
            </Button>
            <Button
              variant="default"
              leftSection={<Icon name="inbox" />}
              onClick={() => openMine(dossier.id)}
            >
              {t("citizen.mine.title")}
            </Button>
          </div>
        </div>
        <figure className={classes.qrBox}>
          <QrCode text={address} label={t("citizen.filed.qr")} />
          <figcaption className={classes.small}>{t("citizen.filed.qr")}</figcaption>
        </figure>
      </section>
      {failed && (
        <Alert color="red" variant="light" icon={<Icon name="warning" />} role="alert">
          {t("citizen.filed.failed")}
        </Alert>
      )}
      {!sending.busy && missing.length > 0 && (
        <Alert color="orange" variant="light" icon={<Icon name="warning" />} data-testid="still-missing">
          {t("citizen.filed.missing", { count: missing.length })}
        </Alert>
      )}
      <Card title={t("citizen.file.step.papers")}>
        <Loaded query={papers}>
          {(list) => (
            <PaperList
              dossier={dossier.id}
              papers={list}
              since={dossier.step_since}
              sending={sending}
              onChanged={() => forgetOwnDossier(client, dossier.id)}
            />
          )}
        </Loaded>
      </Card>
      {dossier.payments.some(isOpen) && (
        <Card title={t("citizen.pay.title")}>
          <PayList payments={dossier.payments} dossier={dossier.id} />
        </Card>
      )}
      <NextSteps dossier={dossier} />
      <IssuedPapers dossier={dossier} />
      <Button variant="subtle" onClick={onAgain} disabled={sending.busy}>
        {t("citizen.filed.again")}
      </Button>
    </div>
  );
}

function NextSteps({ dossier }: { dossier: Dossier }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const hours = useThresholds().data?.answer_red_hours;
  const { limit } = dossier.terms;
  return (
    <Card title={t("citizen.filed.next")}>
      <ol className={classes.next}>
        <li>
          {t("citizen.filed.check", { unit: dossier.received_unit.name })}{" "}
          {hours !== undefined && t("citizen.filed.within", { count: hours })}
        </li>
        <li>{t("citizen.filed.receipt")}</li>
        <li>
          {limit ? t("citizen.filed.limit", { limit: limitWords(limit, lang) }) : t("citizen.filed.noLimit")}
        </li>
        <li>{t("citizen.filed.told")}</li>
      </ol>
    </Card>
  );
}
