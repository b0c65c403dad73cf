import { Alert, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { citizen, type ProcedureDefinition } from "../api/citizen";
import { useOwnPerson } from "../api/citizenQueries";
import { asProblem } from "../api/client";
import type { User } from "../api/types";
import { area, day, integer } from "../format";
import type { FormField } from "../api/dossierTypes";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Card } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import { answers } from "./answers";
import { Charges } from "./Charges";
import classes from "./Citizen.module.css";
import { EditButton } from "./EditButton";
import type { Chosen } from "./FilePage";
import { dropFiling, type Filing } from "./filing";
import { openFiling } from "./open";
import { dossierOf, isThere, useOutlook } from "./PapersStep";
import { StepButtons } from "./StepButtons";
import type { NewErrand, Sending } from "./useSending";
import { nameOf } from "./words";

/** How the office reaches the person. Never kept in the browser. */
export interface Contact {
  phone: string;
  address: string;
}
interface Props {
  definition: ProcedureDefinition;
  user: User;
  filing: Filing;
  chosen: Readonly<Record<string, Chosen>>;
  /** null until it is typed: then what the register knows */
  contact: Contact | null;
  sending: Sending;
  onContact: (contact: Contact) => void;
  /** there is a dossier now: nothing is being filled in any more */
  onFiled: () => void;
  onGo: (step: number) => void;
  onBack: () => void;
}

/** Everything once more; then it is filed, and the papers follow at once. */
export function ReviewStep(props: Props) {
  const { definition, user, filing, chosen, sending, onContact, onFiled, onGo, onBack } = props;
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const outlook = useOutlook(definition, filing);
  const party = useOwnPerson(user.person).data?.party;
  const contact = props.contact ?? { phone: party?.phone ?? "", address: party?.address ?? "" };
  const wanted = outlook.data?.checklist ?? [];
  const lacking = wanted.filter((one) => one.required && !isThere(one, chosen[one.code]));
  const form = answers(definition.fields, filing.values, []);
  const file = useMutation({
    mutationFn: () =>
      citizen.file({
        ...dossierOf(definition, filing),
        id: filing.id,
        applicant: {
          name: user.name,
          ...(contact.phone.trim() ? { phone: contact.phone.trim() } : {}),
          ...(contact.address.trim() ? { address: contact.address.trim() } : {}),
        },
      }),
    onSuccess: ({ id }) => {
      dropFiling(localStorage, user.login, definition.code);
      openFiling(definition.code, id);
      const errands = wanted.flatMap((one): NewErrand[] => {
        const { files = [], reuse = null } = chosen[one.code] ?? {};
        const about = { type: one.code, name: nameOf(one, lang) };
        if (files.length) return [{ ...about, content: { files } }];
        return reuse === null ? [] : [{ ...about, content: { reuse } }];
      });
      onFiled();
      void sending.send(id, errands);
    },
  });
  return (
    <>
      <Card
        title={t("citizen.file.step.parcels")}
        aside={<EditButton onClick={() => onGo(0)} about={t("citizen.file.step.parcels")} />}
      >
        <ul className={classes.plain}>
          {filing.parcels.map((parcel) => (
            <li key={parcel.key}>
              <b>{parcel.label}</b>
              {parcel.area_m2 !== null && ` · ${area(parcel.area_m2, lang)}`} · {parcel.place}
            </li>
          ))}
        </ul>
      </Card>
      <Card
        title={t("citizen.file.step.form")}
        aside={<EditButton onClick={() => onGo(1)} about={t("citizen.file.step.form")} />}
      >
        <dl className={classes.about}>
          {definition.fields
            .filter(({ type }) => type !== "parcel")
            .map((field) => (
              <Answer key={field.code} field={field} value={form[field.code] ?? null} />
            ))}
        </dl>
      </Card>
      <Card
        title={t("citizen.file.step.papers")}
        aside={<EditButton onClick={() => onGo(2)} about={t("citizen.file.step.papers")} />}
      >
        <ul className={classes.plain}>
          {wanted
            .filter((one) => one.required || isThere(one, chosen[one.code]))
            .map((one) => {
              const there = isThere(one, chosen[one.code]);
              return (
                <li key={one.code} className={classes.chosen}>
                  <Icon name={there ? "check" : "warning"} />
                  <span>
                    {nameOf(one, lang)}
                    <span className={classes.small}>
                      {" · "}
                      {there
                        ? one.state === "held" && !chosen[one.code]?.files.length
                          ? t("citizen.papers.state.held")
                          : t("citizen.papers.state.chosen")
                        : t("citizen.papers.state.missing")}
                    </span>
                  </span>
                </li>
              );
            })}
        </ul>
        {lacking.length > 0 && (
          <Alert color="orange" variant="light" icon={<Icon name="warning" />} mt="sm">
            {t("citizen.file.lacking", { count: lacking.length })}
          </Alert>
        )}
      </Card>
      <Card title={t("citizen.file.contact")}>
        <Stack gap="sm" maw={640}>
          <TextInput label={t("citizen.file.applicant")} value={user.name} readOnly size="md" />
          <TextInput
            label={t("citizen.file.phone")}
            type="tel"
            autoComplete="tel"
            value={contact.phone}
            onChange={({ currentTarget }) => onContact({ ...contact, phone: currentTarget.value })}
            size="md"
            data-testid="contact-phone"
          />
          <TextInput
            label={t("citizen.file.address")}
            autoComplete="street-address"
            value={contact.address}
            onChange={({ currentTarget }) => onContact({ ...contact, address: currentTarget.value })}
            size="md"
          />
        </Stack>
      </Card>
      <Charges definition={definition} values={filing.values} />
      {file.error && <ProblemAlert problem={asProblem(file.error)} />}
      <StepButtons
        onNext={() => file.mutate()}
        onBack={onBack}
        next={t("citizen.file.submit")}
        busy={file.isPending}
        disabled={!outlook.data}
      />
    </>
  );
}

function Answer({ field, value }: { field: FormField; value: string | number | null }) {
  const lang = useView((v) => v.lang);
  const choice = field.choices.find(({ code }) => code === value);
  const said =
    value === null
      ? "—"
      : choice
        ? nameOf(choice, lang)
        : typeof value === "number"
          ? field.type === "area"
            ? area(value, lang)
            : integer(value, lang)
          : field.type === "date"
            ? day(value)
            : value;
  return (
    <>
      <dt>{nameOf(field, lang)}</dt>
      <dd>{said}</dd>
    </>
  );
}
