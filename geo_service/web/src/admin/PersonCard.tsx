import { Alert, Badge, Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { administration } from "../api/people";
import type { AccountRecord, Assignment } from "../api/types";
import { day, lastDay } from "../format";
import { roleName } from "../rights/names";
import { Icon } from "../ui/icons";
import { Card } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import { When } from "../ui/When";
import classes from "./Admin.module.css";
import { AssignForm } from "./AssignForm";
import { sorted, standing } from "./assignments";

/** One person: what they hold and held, and what an administrator may do about it. */
export function PersonCard({ person }: { person: AccountRecord }) {
  const { t } = useTranslation();
  return (
    <>
      <Card
        title={person.name}
        aside={
          <Group gap={4}>
            {person.demo && (
              <Badge variant="light" color="orange">
                {t("admin.demo")}
              </Badge>
            )}
            <Badge variant="light" color={person.has_totp ? "green" : "gray"}>
              {t(person.has_totp ? "admin.withTotp" : "admin.withoutTotp")}
            </Badge>
            {person.disabled && (
              <Badge variant="light" color="red">
                {t("admin.disabled")}
              </Badge>
            )}
          </Group>
        }
      >
        <Text c="dimmed">
          {person.login} · {t("admin.since", { date: day(person.created_at) })}
        </Text>
        {person.last_seen_at && (
          <Text c="dimmed" component="div">
            {t("account.lastSeen")}: <When at={person.last_seen_at} row />
          </Text>
        )}
        <Doors person={person} />
      </Card>
      <Card title={t("admin.held")}>
        {!person.assignments.length && <Text c="dimmed">{t("account.noRoles")}</Text>}
        <ul className={classes.assignments}>
          {sorted(person.assignments, new Date()).map((assignment) => (
            <AssignmentRow key={assignment.id} person={person.id} assignment={assignment} />
          ))}
        </ul>
      </Card>
      <Card title={t("admin.give")}>
        <AssignForm person={person} />
      </Card>
    </>
  );
}

function AssignmentRow({ person, assignment }: { person: number; assignment: Assignment }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => administration.endAssignment(person, assignment.id),
    onSuccess: () => client.invalidateQueries({ queryKey: ["private", "accounts"] }),
  });
  const state = standing(assignment, new Date());
  const { role, unit, unit_name, from, until, deputy_for, given_by, note, ended_at } = assignment;
  return (
    <li data-state={state} data-testid={`assignment-${role}`}>
      <div>
        <Text component="span" fw={state === "past" ? 400 : 600}>
          {roleName(role, t)} · {unit === null ? t("account.everywhere") : (unit_name ?? unit)}
        </Text>
        <Text c="dimmed">
          {[
            t("admin.from", { date: day(from) }),
            ended_at
              ? t("admin.endedOn", { date: day(ended_at) })
              : until
                ? t("account.until", { date: day(lastDay(until)) })
                : null,
            deputy_for && t("account.deputyFor", { name: deputy_for }),
            given_by && t("admin.givenBy", { name: given_by }),
            note,
          ]
            .filter(Boolean)
            .join(" · ")}
        </Text>
        {end.error && <ProblemAlert problem={asProblem(end.error)} />}
      </div>
      {state !== "past" && (
        <Button
          variant="light"
          color="red"
          flex="none"
          loading={end.isPending}
          onClick={() => end.mutate()}
          data-testid={`end-assignment-${role}`}
        >
          {t("admin.end")}
        </Button>
      )}
    </li>
  );
}

/** The ways in: open or shut, the second factor, the password. */
function Doors({ person }: { person: AccountRecord }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const known = () => client.invalidateQueries({ queryKey: ["private", "accounts"] });
  const disable = useMutation({
    mutationFn: () => administration.change(person.id, { disabled: !person.disabled }),
    onSuccess: known,
  });
  const resetTotp = useMutation({
    mutationFn: () => administration.resetTotp(person.id),
    onSuccess: known,
  });
  const error = disable.error ?? resetTotp.error;
  return (
    <Stack gap="sm" mt="sm">
      <Group gap="xs">
        <Button
          variant="light"
          color={person.disabled ? "green" : "red"}
          leftSection={<Icon name="lock" />}
          loading={disable.isPending}
          onClick={() => disable.mutate()}
          data-testid="toggle-disabled"
        >
          {t(person.disabled ? "admin.enable" : "admin.disable")}
        </Button>
        <Button
          variant="default"
          leftSection={<Icon name="shield" />}
          disabled={!person.has_totp}
          loading={resetTotp.isPending}
          onClick={() => resetTotp.mutate()}
          data-testid="reset-totp"
        >
          {t("admin.resetTotp")}
        </Button>
        <Button
          variant="default"
          leftSection={<Icon name="key" />}
          onClick={() => setAsked(!asked)}
          aria-expanded={asked}
          data-testid="set-password"
        >
          {t("admin.setPassword")}
        </Button>
      </Group>
      {asked && <NewPassword id={person.id} onDone={() => setAsked(false)} />}
      {resetTotp.isSuccess && (
        <Alert color="green" icon={<Icon name="check" />} role="status">
          {t("admin.totpReset")}
        </Alert>
      )}
      {error && <ProblemAlert problem={asProblem(error)} />}
    </Stack>
  );
}

function NewPassword({ id, onDone }: { id: number; onDone: () => void }) {
  const { t } = useTranslation();
  const [password, setPassword] = useState("");
  const save = useMutation({
    mutationFn: () => administration.setPassword(id, password),
    gcTime: 0,
    onSuccess: onDone,
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="xs">
        <PasswordInput
          flex={1}
          label={t("account.newPassword")}
          description={t("admin.passwordTells")}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="new-password"
          required
          data-testid="person-new-password"
        />
        <Button type="submit" loading={save.isPending} disabled={!password} data-testid="save-password">
          {t("admin.save")}
        </Button>
      </Group>
      {save.error && <ProblemAlert problem={asProblem(save.error)} />}
    </form>
  );
}
