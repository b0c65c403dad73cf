import { Button, Group, PasswordInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { administration } from "../api/people";
import type { AccountRecord } from "../api/types";
import { Card } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Admin.module.css";

export function NewPerson({ onMade }: { onMade: (person: AccountRecord) => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [login, setLogin] = useState("");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const make = useMutation({
    mutationFn: () => administration.create(login.trim(), name.trim(), password),
    gcTime: 0,
    onSuccess: async (made) => {
      await client.invalidateQueries({ queryKey: ["private", "accounts"] });
      onMade(made);
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Card title={t("admin.newPerson")}>
      <form onSubmit={submit}>
        <div className={classes.form}>
          <TextInput
            label={t("session.login")}
            value={login}
            onChange={(event) => setLogin(event.currentTarget.value)}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            required
            data-testid="person-login"
          />
          <TextInput
            label={t("admin.name")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            autoComplete="off"
            required
            data-testid="person-name"
          />
          <PasswordInput
            label={t("admin.firstPassword")}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="new-password"
            required
            data-testid="person-password"
          />
        </div>
        {make.error && <ProblemAlert problem={asProblem(make.error)} />}
        <Group justify="flex-end" mt="md">
          <Button
            type="submit"
            loading={make.isPending}
            disabled={!login.trim() || !name.trim() || !password}
            data-testid="person-save"
          >
            {t("admin.create")}
          </Button>
        </Group>
      </form>
    </Card>
  );
}
