import { Alert, Badge, Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { me } from "../api/people";
import type { User } from "../api/types";
import { openDialog } from "../session/dialog";
import { RoleList } from "../session/RoleList";
import { Icon } from "../ui/icons";
import { Card } from "../ui/Page";
import page from "../ui/Page.module.css";
import { ProblemAlert } from "../ui/ProblemAlert";

export function ProfileTab({ user }: { user: User }) {
  const { t } = useTranslation();
  return (
    <div className={page.columns}>
      <Card title={t("account.who")}>
        <Text fw={600} size="lg">
          {user.name}
        </Text>
        <Text c="dimmed" mb="xs">
          {user.login} · {t(`account.level.${user.level}`)}
        </Text>
        <RoleList roles={user.roles} />
      </Card>
      <Stack>
        <TwoFactor user={user} />
        <Password />
      </Stack>
    </div>
  );
}

function TwoFactor({ user }: { user: User }) {
  const { t } = useTranslation();
  return (
    <Card
      title={t("account.twoFactor")}
      aside={
        <Badge color={user.has_totp ? "green" : "gray"} variant="light">
          {t(user.has_totp ? "account.on" : "account.off")}
        </Badge>
      }
    >
      <Group justify="space-between" wrap="nowrap">
        <Text>{t(user.has_totp ? "account.twoFactorOn" : "account.twoFactorOff")}</Text>
        <Button
          variant={user.has_totp ? "default" : "filled"}
          leftSection={<Icon name="shield" />}
          onClick={() => openDialog("enrol")}
          data-testid="enrol"
          flex="none"
        >
          {t(user.has_totp ? "account.renew" : "account.turnOn")}
        </Button>
      </Group>
    </Card>
  );
}

function Password() {
  const { t } = useTranslation();
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => me.changePassword(old, next),
    gcTime: 0,
    onSuccess: () => {
      setOld("");
      setNext("");
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Card title={t("account.password")}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <PasswordInput
            label={t("account.oldPassword")}
            value={old}
            onChange={(event) => setOld(event.currentTarget.value)}
            autoComplete="current-password"
            required
            data-testid="old-password"
          />
          <PasswordInput
            label={t("account.newPassword")}
            description={t("account.passwordRule")}
            value={next}
            onChange={(event) => setNext(event.currentTarget.value)}
            autoComplete="new-password"
            required
            data-testid="new-password"
          />
          {change.error && <ProblemAlert problem={asProblem(change.error)} />}
          {change.isSuccess && !next && (
            <Alert color="green" icon={<Icon name="check" />} role="status">
              {t("account.passwordChanged")}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button
              type="submit"
              loading={change.isPending}
              disabled={!old || !next}
              data-testid="change-password"
            >
              {t("account.changePassword")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
