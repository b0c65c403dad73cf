import { Anchor, Badge, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { dossiers } from "../api/dossiers";
import type { Dossier, DossierParcel, FormField, FormValues } from "../api/dossierTypes";
import { useSession } from "../api/queries";
import type { PersonalField } from "../api/types";
import { limitWords, nameOf } from "../citizen/words";
import { DossierFinding } from "../findings/DossierFinding";
import { area, dateTime, day, integer } from "../format";
import { blockKind } from "../rights/names";
import { RevealedField } from "../rights/RevealedField";
import rights from "../rights/Rights.module.css";
import { may } from "../session/may";
import { selectParcel, type Language, useView } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Dossier.module.css";
import { Payments } from "./Payments";

/** What was asked for, by whom, about which land, and what there is to pay. */
export function FormTab({ dossier }: { dossier: Dossier }) {
  const { t } = useTranslation();
  return (
    <Stack gap="lg" data-testid="dossier-form">
      <Part title={t("dossier.applicant")}>
        <Applicant dossier={dossier} />
      </Part>
      <Part title={t("dossier.asked")}>
        <Answers dossier={dossier} />
      </Part>
      {dossier.finding && (
        <Part title={t("finding.dossier.title")}>
          <DossierFinding finding={dossier.finding} />
        </Part>
      )}
      <Part title={t("dossier.parcels")}>
        <Parcels parcels={dossier.parcels} />
      </Part>
      {dossier.blocks.length > 0 && (
        <Part title={t("block.title")}>
          <ul className={classes.plain}>
            {dossier.blocks.map(({ id, kind, parcel, from, reason, source, stops }) => (
              <li key={id} className={classes.line}>
                <Icon name="lock" />
                <Text className={classes.grow}>
                  <b>{blockKind(kind, t)}</b> · {t("block.onParcel", { parcel })}
                  {from && <> · {t("rights.from", { date: day(from) })}</>}
                  {reason && <> · {reason}</>}
                  {source && <> ({source})</>}
                </Text>
                {stops && <Badge color="red">{t("dossier.stopsThis")}</Badge>}
              </li>
            ))}
          </ul>
        </Part>
      )}
      {dossier.payments.length > 0 && (
        <Part title={t("dossier.payments")}>
          <Payments dossier={dossier} />
        </Part>
      )}
    </Stack>
  );
}

export function Part({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.part} aria-label={title}>
      <Title order={3} size="h5">
        {title} {aside}
      </Title>
      {children}
    </section>
  );
}

const FIELDS: PersonalField[] = ["identity_number", "phone", "address"];

function Applicant({ dossier }: { dossier: Dossier }) {
  const { t } = useTranslation();
  const user = useSession().data?.user;
  const { id, applicant, competent_unit, received_unit } = dossier;
  const reveals =
    !applicant.mine &&
    (may(user, "person.reveal", competent_unit.code) || may(user, "person.reveal", received_unit.code));
  const name = applicant.name ?? t("dossier.nameless");
  return (
    <div data-testid="dossier-applicant">
      <Text fw={600}>{name}</Text>
      <dl className={rights.fields}>
        {FIELDS.filter((field) => applicant[field] !== null).map((field) => (
          <RevealedField
            key={field}
            name={name}
            field={field}
            masked={applicant[field] ?? ""}
            reveals={reveals}
            reveal={(purpose, note) => dossiers.reveal(id, field, purpose, note)}
          />
        ))}
      </dl>
    </div>
  );
}

function Answers({ dossier }: { dossier: Dossier }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { fields, form, terms, channel, filed_at, received_at, received_unit, competent_unit } = dossier;
  const rows: [string, string | null][] = [
    [t("dossier.procedureCode"), dossier.procedure.code],
    ...fields
      .filter(({ type }) => type !== "parcel")
      .map((field): [string, string | null] => [nameOf(field, lang), answer(field, form, lang)]),
    [t("dossier.channel"), t(`dossier.channels.${channel}`)],
    [t("dossier.filed"), dateTime(filed_at)],
    [t("dossier.receivedAt"), received_at && `${dateTime(received_at)} · ${received_unit.name}`],
    [t("dossier.decidedAt"), competent_unit.name],
    [t("dossier.limit"), terms.limit ? limitWords(terms.limit, lang) : null],
  ];
  return (
    <dl className={classes.facts}>
      {rows
        .filter(([, value]) => value !== null && value !== "")
        .map(([name, value]) => (
          <div key={name} className={classes.row}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** An answer of the form as a person reads it. */
function answer({ code, type, choices }: FormField, form: FormValues, lang: Language): string | null {
  const value = form[code];
  if (value === undefined || value === null || value === "") return null;
  if (type === "choice") {
    const choice = choices.find((one) => one.code === value);
    return choice ? nameOf(choice, lang) : String(value);
  }
  const number = Number(value);
  if (type === "area" && Number.isFinite(number)) return area(number, lang);
  if (type === "number" && Number.isFinite(number)) return integer(number, lang);
  return type === "date" ? day(String(value)) : String(value);
}

/** The parcels as they were bound and what came of them; each opens on the map. */
function Parcels({ parcels }: { parcels: readonly DossierParcel[] }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  if (!parcels.length) return <Text c="dimmed">{t("dossier.noParcel")}</Text>;
  return (
    <ul className={classes.plain} data-testid="dossier-parcels">
      {parcels.map((parcel) => (
        <li key={`${parcel.id}/${parcel.role}`} className={classes.line}>
          <Icon name={parcel.role === "result" ? "plus" : "map"} />
          <div className={classes.grow}>
            <Anchor component="button" type="button" onClick={() => selectParcel(parcel.code ?? parcel.id)}>
              {parcel.label || parcel.code || `#${parcel.id}`}
            </Anchor>{" "}
            · {area(parcel.area_m2, lang)} {parcel.land_use && <>· {parcel.land_use}</>}
            <Text c="dimmed">
              {[
                t(parcel.role === "result" ? "dossier.cameOfIt" : "dossier.about"),
                parcel.code,
                t(parcel.current ? "status.current" : "status.retired"),
              ]
                .filter(Boolean)
                .join(" · ")}
            </Text>
          </div>
        </li>
      ))}
    </ul>
  );
}
