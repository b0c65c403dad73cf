import { ActionIcon, Button, Group, Menu, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ComponentPropsWithRef, type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { api } from "../api/endpoints";
import { useSession } from "../api/queries";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";

/** Who is signed in, or the way to sign in. */
export function SignIn({ compact }: { compact: boolean }) {
  const { t } = useTranslation();
  const session = useSession();
  const client = useQueryClient();
  const [opened, dialog] = useDisclosure(false);
  const user = session.data?.user ?? null;

  const signOut = useMutation({
    mutationFn: api.signOut,
    onSuccess: () => client.setQueryData(["session"], { user: null }),
  });

  if (user) {
    return (
      <Menu position="bottom-end" withArrow>
        <Menu.Target>
          <UserButton name={user.name} compact={compact} data-testid="account" />
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label fz="md">
            {user.name} · {t("session.officer")}
          </Menu.Label>
          <Menu.Item onClick={() => signOut.mutate()} data-testid="sign-out">
            {t("session.signOut")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    );
  }
  return (
    <>
      <UserButton name={t("session.signIn")} compact={compact} onClick={dialog.open} data-testid="sign-in" />
      <Modal
        opened={opened}
        onClose={dialog.close}
        title={t("session.title")}
        centered
        closeButtonProps={{ "aria-label": t("close") }}
      >
        <SignInForm onDone={dialog.close} />
      </Modal>
    </>
  );
}

interface UserButtonProps extends ComponentPropsWithRef<"button"> {
  name: string;
  compact: boolean;
}

/** The name where there is room for it, the sign alone on a phone. */
function UserButton({ name, compact, ...rest }: UserButtonProps) {
  return compact ? (
    <ActionIcon variant="white" size={36} aria-label={name} {...rest}>
      <Icon name="user" />
    </ActionIcon>
  ) : (
    <Button variant="white" leftSection={<Icon name="user" />} {...rest}>
      {name}
    </Button>
  );
}

function SignInForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => api.signIn(login.trim(), password),
    onSuccess: (session) => {
      client.setQueryData(["session"], session);
      void client.invalidateQueries({ queryKey: ["history"] });
      onDone();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={t("session.login")}
          value={login}
          onChange={(event) => setLogin(event.currentTarget.value)}
          autoComplete="username"
          required
          data-autofocus
          data-testid="login"
        />
        <PasswordInput
          label={t("session.password")}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="current-password"
          required
          data-testid="password"
        />
        {signIn.error && <ProblemAlert problem={asProblem(signIn.error)} />}
        <Group justify="space-between">
          <Text c="dimmed">{t("session.hint")}</Text>
          <Button type="submit" loading={signIn.isPending} data-testid="login-submit">
            {t("session.signIn")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
