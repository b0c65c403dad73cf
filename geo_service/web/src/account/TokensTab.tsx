import { Alert, Badge, Button, Checkbox, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { me } from "../api/people";
import { useMyTokens } from "../api/peopleQueries";
import type { NewToken, Scope, Token } from "../api/types";
import { day } from "../format";
import { CopyText } from "../ui/CopyText";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import table from "../ui/Table.module.css";
import { When } from "../ui/When";
import classes from "./Account.module.css";

const SCOPES: Scope[] = ["read", "edit"];
const DAYS = [7, 30, 90, 365];

/** Keys for programs: each with what it may do and a last day; the key itself is shown once. */
export function TokensTab() {
  const { t } = useTranslation();
  const tokens = useMyTokens();
  const [made, setMade] = useState<NewToken | null>(null);
  return (
    <Stack>
      <Card title={t("account.newToken")}>
        <Text c="dimmed" mb="sm">
          {t("account.tokensWhy")}
        </Text>
        <TokenForm onMade={setMade} />
        {made && (
          <Alert
            mt="md"
            color="green"
            icon={<Icon name="key" />}
            title={t("account.tokenMade", { name: made.name })}
            role="status"
          >
            <Text mb="xs">{t("account.tokenOnce")}</Text>
            <Group gap={4} wrap="nowrap">
              <code className={classes.secret} data-testid="new-token">
                {made.token}
              </code>
              <CopyText text={made.token} />
            </Group>
          </Alert>
        )}
      </Card>
      <Card title={t("account.tokens")}>
        <Loaded query={tokens}>
          {({ items }) =>
            items.length ? (
              <table className={table.table} data-testid="tokens-list">
                <thead>
                  <tr>
                    <th scope="col">{t("account.tokenName")}</th>
                    <th scope="col">{t("account.scopes")}</th>
                    <th scope="col">{t("account.expires")}</th>
                    <th scope="col">{t("account.lastUsed")}</th>
                    <th />
                  </tr>
                </thead>
                <tbody>
                  {items.map((token) => (
                    <Row key={token.id} token={token} />
                  ))}
                </tbody>
              </table>
            ) : (
              <Text c="dimmed">{t("account.noTokens")}</Text>
            )
          }
        </Loaded>
      </Card>
    </Stack>
  );
}

function TokenForm({ onMade }: { onMade: (token: NewToken) => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<string[]>(["read"]);
  const [days, setDays] = useState("90");
  const make = useMutation({
    mutationFn: () => me.makeToken(name.trim(), scopes, Number(days)),
    gcTime: 0,
    onSuccess: (token) => {
      onMade(token);
      setName("");
      void client.invalidateQueries({ queryKey: ["private", "tokens"] });
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <form onSubmit={submit}>
      <div className={classes.tokenForm}>
        <TextInput
          label={t("account.tokenName")}
          placeholder={t("account.tokenExample")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          maxLength={80}
          data-testid="token-name"
        />
        <Checkbox.Group label={t("account.scopes")} value={scopes} onChange={setScopes}>
          <Group mt={8} h={28}>
            {SCOPES.map((scope) => (
              <Checkbox key={scope} value={scope} label={t(`account.scope.${scope}`)} />
            ))}
          </Group>
        </Checkbox.Group>
        <NativeSelect
          label={t("account.validFor")}
          value={days}
          onChange={(event) => setDays(event.currentTarget.value)}
          data={DAYS.map((count) => ({ value: String(count), label: t("account.days", { count }) }))}
          data-testid="token-days"
        />
        <Button
          type="submit"
          loading={make.isPending}
          disabled={!name.trim() || !scopes.length}
          data-testid="make-token"
        >
          {t("account.make")}
        </Button>
      </div>
      {make.error && <ProblemAlert problem={asProblem(make.error)} />}
    </form>
  );
}

function Row({ token }: { token: Token }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => me.revokeToken(token.id),
    onSettled: () => client.invalidateQueries({ queryKey: ["private", "tokens"] }),
  });
  return (
    <tr>
      <td data-label={t("account.tokenName")}>
        <b>{token.name}</b>
      </td>
      <td data-label={t("account.scopes")}>
        <Group gap={4}>
          {token.scopes.map((scope) => (
            <Badge key={scope} variant="light" color="gray">
              {t(`account.scope.${scope}` as "account.scope.read", { defaultValue: scope })}
            </Badge>
          ))}
        </Group>
      </td>
      <td data-label={t("account.expires")} className={table.nowrap}>
        {day(token.expires_at)}
      </td>
      <td data-label={t("account.lastUsed")}>
        {token.last_used_at ? <When at={token.last_used_at} /> : t("account.never")}
      </td>
      <td className={table.actions}>
        <Button
          variant="light"
          color="red"
          loading={revoke.isPending}
          onClick={() => revoke.mutate()}
          data-testid="revoke-token"
        >
          {t("account.revoke")}
        </Button>
      </td>
    </tr>
  );
}
