import { Alert, Anchor, Button, Divider, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, slugOfError } from "../api/client";
import { api } from "../api/endpoints";
import { forgetPerson, useSession } from "../api/queries";
import type { Problem } from "../api/types";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import { cleanCode, isCode } from "./codes";
import { closeDialog, openDialog, useSignInDialog } from "./dialog";
import { oidcAddress } from "./returned";

/** Login and password, then the six digits where the service asks for them; or another provider's page. */
export function SignInForm() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const returned = useSignInDialog().error;
  const oidc = useSession().data?.sign_in.oidc ?? null;
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [asksCode, setAsksCode] = useState(false);
  const signIn = useMutation({
    mutationFn: () => api.signIn(login.trim(), password, asksCode ? cleanCode(code) : undefined),
    gcTime: 0,
    onSuccess: (session) => {
      forgetPerson(client);
      client.setQueryData(["session"], session);
      if (session.user?.needs === "enrol-totp") openDialog("enrol");
      else closeDialog();
    },
    onError: (error) => {
      const slug = slugOfError(error);
      if (slug === "code-needed" || slug === "wrong-code") setAsksCode(true);
      // a code is good for one time: the next try begins with an empty field
      setCode("");
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  const asked = slugOfError(signIn.error) === "code-needed";
  return (
    <form onSubmit={submit}>
      <Stack>
        {returned && (
          <Alert
            color="red"
            variant="light"
            icon={<Icon name="warning" />}
            title={t("session.returned.title")}
            role="alert"
            data-testid="sign-in-error"
          >
            {t(`session.returned.${returned}`)}
          </Alert>
        )}
        {asksCode ? (
          <CodeField
            login={login}
            code={code}
            onCode={setCode}
            onBack={() => {
              setAsksCode(false);
              signIn.reset();
            }}
          />
        ) : (
          <>
            <TextInput
              label={t("session.login")}
              value={login}
              onChange={(event) => setLogin(event.currentTarget.value)}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
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
          </>
        )}
        {signIn.error && !asked && <Refusal problem={asProblem(signIn.error)} />}
        <Group justify="space-between">
          <Text c="dimmed">{t(asksCode ? "session.codeHint" : "session.hint")}</Text>
          <Button
            type="submit"
            loading={signIn.isPending}
            disabled={asksCode && !isCode(code)}
            data-testid="login-submit"
          >
            {t("session.signIn")}
          </Button>
        </Group>
        {oidc && !asksCode && (
          <>
            <Divider label={t("session.or")} styles={{ label: { fontSize: "1rem" } }} />
            <Button
              component="a"
              href={oidcAddress(location)}
              variant="default"
              size="md"
              leftSection={<Icon name="shield" />}
              data-testid="oidc-sign-in"
            >
              {t("session.with", { provider: oidc.name })}
            </Button>
          </>
        )}
      </Stack>
    </form>
  );
}

interface CodeFieldProps {
  login: string;
  code: string;
  onCode: (code: string) => void;
  onBack: () => void;
}

/** The second factor; who has lost the device may type a recovery code instead. */
function CodeField({ login, code, onCode, onBack }: CodeFieldProps) {
  const { t } = useTranslation();
  const [recovery, setRecovery] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), [recovery]);
  return (
    <>
      <Group justify="space-between">
        <Text>
          {t("session.asUser")} <b>{login}</b>
        </Text>
        <Anchor component="button" type="button" onClick={onBack}>
          {t("session.back")}
        </Anchor>
      </Group>
      <TextInput
        label={t(recovery ? "session.recoveryCode" : "session.code")}
        value={code}
        onChange={(event) => onCode(event.currentTarget.value)}
        autoComplete="one-time-code"
        inputMode={recovery ? "text" : "numeric"}
        autoCapitalize="none"
        spellCheck={false}
        size="md"
        required
        ref={input}
        data-testid="sign-in-code"
      />
      <Anchor component="button" type="button" ta="left" onClick={() => setRecovery(!recovery)}>
        {t(recovery ? "session.useCode" : "session.useRecovery")}
      </Anchor>
    </>
  );
}

/** Why not; after too many tries also when again. */
function Refusal({ problem }: { problem: Problem }) {
  const { t } = useTranslation();
  const minutes = Math.ceil((problem.retry_after_s ?? 0) / 60);
  return (
    <ProblemAlert problem={problem}>
      {problem.status === 429 && (
        <Text mt={4}>{minutes > 0 ? t("session.lockedFor", { count: minutes }) : t("session.locked")}</Text>
      )}
    </ProblemAlert>
  );
}
