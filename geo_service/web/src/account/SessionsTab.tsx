import { Badge, Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { me } from "../api/people";
import { useMySessions } from "../api/peopleQueries";
import type { OpenSession } from "../api/types";
import { deviceOf } from "../ui/device";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import table from "../ui/Table.module.css";
import { When } from "../ui/When";

/** Where the person is signed in; one that is not theirs can be ended from here. */
export function SessionsTab() {
  const { t } = useTranslation();
  const sessions = useMySessions();
  return (
    <Card title={t("account.sessionsTitle")}>
      <Loaded query={sessions}>
        {({ items }) => (
          <table className={table.table} data-testid="sessions-list">
            <thead>
              <tr>
                <th scope="col">{t("account.device")}</th>
                <th scope="col">{t("account.method")}</th>
                <th scope="col">{t("account.opened")}</th>
                <th scope="col">{t("account.lastSeen")}</th>
                <th />
              </tr>
            </thead>
            <tbody>
              {items.map((session) => (
                <Row key={session.id} session={session} />
              ))}
            </tbody>
          </table>
        )}
      </Loaded>
    </Card>
  );
}

const methodName = (method: string, t: TFunction) =>
  t(`account.methods.${method}` as "account.methods.oidc", { defaultValue: method });

function Row({ session }: { session: OpenSession }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => me.endSession(session.id),
    onSettled: () => client.invalidateQueries({ queryKey: ["private", "sessions"] }),
  });
  return (
    <tr>
      <td data-label={t("account.device")}>
        <span title={session.user_agent ?? undefined}>
          {deviceOf(session.user_agent) ?? t("account.unknownDevice")}
        </span>
      </td>
      <td data-label={t("account.method")}>{methodName(session.method, t)}</td>
      <td data-label={t("account.opened")}>
        <When at={session.created_at} />
      </td>
      <td data-label={t("account.lastSeen")}>
        <When at={session.last_seen_at} />
      </td>
      <td className={table.actions}>
        {session.current ? (
          <Badge color="green" variant="light">
            {t("account.thisOne")}
          </Badge>
        ) : (
          <Button
            variant="light"
            color="red"
            loading={end.isPending}
            onClick={() => end.mutate()}
            data-testid="end-session"
          >
            {t("account.endSession")}
          </Button>
        )}
        {end.error && <ProblemAlert problem={asProblem(end.error)} />}
      </td>
    </tr>
  );
}
