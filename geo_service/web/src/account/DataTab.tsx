import {
  Alert,
  Anchor,
  Badge,
  Button,
  Group,
  NativeSelect,
  Stack,
  Switch,
  Text,
  TextInput,
  Textarea,
} from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { me } from "../api/people";
import { useMyConsents, useMyCorrections, useMyData } from "../api/peopleQueries";
import type { Consent, OwnData, OwnRight, Party } from "../api/types";
import { day } from "../format";
import { partyKind, rightType, shareText } from "../rights/names";
import { openPage, selectParcel, useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import page from "../ui/Page.module.css";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Account.module.css";

const FIELDS = ["name", "identity_number", "phone", "address", "other"] as const;

const STATUS_COLOR = { open: "yellow", accepted: "green", refused: "red" } as const;

const fieldName = (field: string, t: TFunction) =>
  t(`rights.field.${field}` as "rights.field.phone", {
    defaultValue: t(field === "name" ? "rights.name" : "account.otherField"),
  });

/** What the register holds about the person, in clear for the person alone. */
export function DataTab() {
  const data = useMyData();
  return (
    <Loaded query={data}>
      {({ party, rights }) => (
        <div className={page.columns}>
          <Stack>
            <OwnFacts party={party} />
            <OwnRights rights={rights} />
          </Stack>
          <Stack>
            <Consents />
            <Correction />
          </Stack>
        </div>
      )}
    </Loaded>
  );
}

function OwnFacts({ party }: { party: Party }) {
  const { t } = useTranslation();
  return (
    <Card
      title={t("account.dataTitle")}
      aside={
        <Button
          component="a"
          href={me.exportAddress}
          download
          variant="default"
          leftSection={<Icon name="download" />}
          data-testid="export-data"
        >
          {t("account.export")}
        </Button>
      }
    >
      <dl className={classes.facts} data-testid="own-data">
        <dt>{t("rights.name")}</dt>
        <dd>
          {party.name} ({partyKind(party.kind, t)})
        </dd>
        <dt>{t("rights.field.identity_number")}</dt>
        <dd>{party.identity_number ?? "—"}</dd>
        <dt>{t("rights.field.phone")}</dt>
        <dd>{party.phone ?? "—"}</dd>
        <dt>{t("rights.field.address")}</dt>
        <dd>{party.address ?? "—"}</dd>
      </dl>
    </Card>
  );
}

function OwnRights({ rights }: { rights: OwnData["rights"] }) {
  const { t } = useTranslation();
  return (
    <Card title={t("account.ownRights")}>
      {!rights.length && <Text c="dimmed">{t("rights.none")}</Text>}
      <ul className={classes.list} data-testid="own-rights">
        {rights.map((right) => (
          <OwnRightRow key={right.id} right={right} />
        ))}
      </ul>
    </Card>
  );
}

function OwnRightRow({ right }: { right: OwnRight }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const facts = [
    right.unit_name,
    right.valid_from && t("rights.from", { date: day(right.valid_from) }),
    ...right.certificates.map(({ serial }) => serial && `${t("rights.certificate")} ${serial}`),
  ].filter(Boolean);
  return (
    <li>
      <b>{rightType(right, lang)}</b> · {shareText(right.share, t)}
      <Text c="dimmed">{facts.join(" · ")}</Text>
      <Group gap="xs">
        {right.parcels.map((parcel) => (
          <Anchor
            key={parcel.id}
            component="button"
            type="button"
            onClick={() => {
              selectParcel(parcel.code ?? parcel.id);
              openPage(null);
            }}
          >
            {parcel.label || parcel.code || `#${parcel.id}`}
          </Anchor>
        ))}
      </Group>
    </li>
  );
}

function Consents() {
  const { t } = useTranslation();
  const consents = useMyConsents();
  return (
    <Card title={t("account.consents")}>
      <Loaded query={consents}>
        {({ items }) =>
          items.length ? (
            <Stack gap="sm" data-testid="consents">
              {items.map((consent) => (
                <ConsentSwitch key={consent.purpose} consent={consent} />
              ))}
            </Stack>
          ) : (
            <Text c="dimmed">{t("account.noConsents")}</Text>
          )
        }
      </Loaded>
    </Card>
  );
}

function ConsentSwitch({ consent }: { consent: Consent }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (given: boolean) => me.consent(consent.purpose, given),
    onSettled: () => client.invalidateQueries({ queryKey: ["private", "consents"] }),
  });
  return (
    <>
      <Switch
        size="md"
        label={lang === "vi" ? consent.name_vi : consent.name_en}
        description={consent.at ? t("account.consentSince", { date: day(consent.at) }) : undefined}
        checked={change.isPending ? change.variables : consent.given}
        onChange={(event) => change.mutate(event.currentTarget.checked)}
        data-testid={`consent-${consent.purpose}`}
      />
      {change.error && <ProblemAlert problem={asProblem(change.error)} />}
    </>
  );
}

function Correction() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const asked = useMyCorrections();
  const [field, setField] = useState<string>(FIELDS[0]);
  const [value, setValue] = useState("");
  const [note, setNote] = useState("");
  const ask = useMutation({
    mutationFn: () => me.correct({ field, value: value.trim(), note: note.trim() }),
    gcTime: 0,
    onSuccess: () => {
      setValue("");
      setNote("");
      return client.invalidateQueries({ queryKey: ["private", "corrections"] });
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  return (
    <Card title={t("account.correction")}>
      {asked.data && asked.data.items.length > 0 && (
        <ul className={classes.list} data-testid="corrections">
          {asked.data.items.map(({ id, field: about, value: right, status, created_at, decision_note }) => (
            <li key={id}>
              <Group justify="space-between" wrap="nowrap">
                <Text>
                  {fieldName(about, t)} → <b>{right}</b>
                </Text>
                <Badge variant="light" color={STATUS_COLOR[status]}>
                  {t(`account.correctionStatus.${status}`)}
                </Badge>
              </Group>
              <Text c="dimmed">{[day(created_at), decision_note].filter(Boolean).join(" · ")}</Text>
            </li>
          ))}
        </ul>
      )}
      <form onSubmit={submit}>
        <Stack gap="sm">
          <NativeSelect
            label={t("account.correctField")}
            value={field}
            onChange={(event) => setField(event.currentTarget.value)}
            data={FIELDS.map((name) => ({
              value: name,
              label: fieldName(name, t),
            }))}
            data-testid="correction-field"
          />
          <TextInput
            label={t("account.correctValue")}
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
            required
            data-testid="correction-value"
          />
          <Textarea
            label={t("account.correctNote")}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
            autosize
            minRows={2}
            data-testid="correction-note"
          />
          {ask.error && <ProblemAlert problem={asProblem(ask.error)} />}
          {ask.isSuccess && !value && (
            <Alert color="green" icon={<Icon name="check" />} role="status">
              {t("account.correctionSent")}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button
              type="submit"
              loading={ask.isPending}
              disabled={!value.trim()}
              data-testid="ask-correction"
            >
              {t("account.askCorrection")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
