import { Alert, Button, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { dossiers } from "../api/dossiers";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Counter.module.css";
import type { PartProps } from "./EntryForm";
import { isIdentity } from "./entry";
import { readIdCard } from "./idCard";

/** A look-up at the counter is for the dossier that is being opened; the service logs it as that. */
const PURPOSE = "dossier";

/** By the number, looked up in the register, or written down anew; the code of an identity card fills all of it. */
export function PersonPart({ entry, faults, onChange }: PartProps) {
  const { t } = useTranslation();
  const find = useMutation({
    mutationFn: (number: string) => dossiers.findPerson(number, PURPOSE),
    // whom the number belongs to must not stay in a cache
    gcTime: 0,
  });
  const found = find.data?.items[0];
  // an answer that comes after another number was typed is dropped: callbacks given here are called for the last look-up only
  const ask = (number: string) =>
    find.mutate(number, {
      onSuccess: ({ items: [person] }) => {
        if (person) onChange({ name: person.name });
      },
    });
  const type = (text: string) => {
    find.reset();
    const card = readIdCard(text);
    if (card) {
      onChange({ identity: card.number, name: card.name, address: card.address });
      ask(card.number);
    } else onChange({ identity: text, ...(found?.name === entry.name && { name: "" }) });
  };
  const look = () => {
    if (isIdentity(entry.identity) && !find.isPending) ask(entry.identity);
  };
  const fault = (name: string) => {
    const what = faults[name];
    return what && t(`counter.fault.${what}`);
  };
  return (
    <div id="counter-person" className={classes.grid}>
      <TextInput
        id="counter-identity"
        label={t("counter.person.identity")}
        description={t("counter.person.identityHint")}
        value={entry.identity}
        onChange={(event) => type(event.currentTarget.value)}
        onBlur={() => {
          if (!find.data) look();
        }}
        error={fault("identity")}
        inputMode="numeric"
        autoComplete="off"
        size="md"
        rightSectionWidth="auto"
        rightSection={
          <Button
            variant="subtle"
            onClick={look}
            loading={find.isPending}
            disabled={!isIdentity(entry.identity)}
            tabIndex={-1}
            data-testid="counter-find-person"
          >
            {t("counter.person.find")}
          </Button>
        }
        data-testid="counter-identity"
      />
      <TextInput
        id="counter-name"
        label={t("counter.person.name")}
        value={entry.name}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        error={fault("name")}
        withAsterisk
        autoComplete="off"
        size="md"
        data-testid="counter-name"
      />
      <TextInput
        id="counter-phone"
        label={t("counter.person.phone")}
        value={entry.phone}
        onChange={(event) => onChange({ phone: event.currentTarget.value })}
        error={fault("phone")}
        inputMode="tel"
        autoComplete="off"
        size="md"
        data-testid="counter-phone"
      />
      <TextInput
        id="counter-address"
        label={t("counter.person.address")}
        value={entry.address}
        onChange={(event) => onChange({ address: event.currentTarget.value })}
        autoComplete="off"
        size="md"
        data-testid="counter-address"
      />
      <div className={classes.wide} aria-live="polite">
        {found && (
          <Alert color="green" icon={<Icon name="check" />} data-testid="counter-person-found">
            {t("counter.person.found", { name: found.name })}{" "}
            {[found.identity_number, found.phone].filter(Boolean).join(" · ")}
          </Alert>
        )}
        {find.data && !found && <Text c="dimmed">{t("counter.person.notFound")}</Text>}
        {find.error && <ProblemAlert problem={asProblem(find.error)} />}
      </div>
    </div>
  );
}
