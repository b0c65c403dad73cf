import { Badge, Menu, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../api/endpoints";
import { forgetPerson, useSubmittedDrafts } from "../api/queries";
import type { Session, User } from "../api/types";
import { openPage } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Account.module.css";
import { openDialog } from "./dialog";
import { may } from "./may";
import { RoleList } from "./RoleList";
import { UserButton } from "./UserButton";

/** Who is signed in, as what, and the ways from here. */
export function AccountMenu({ user, compact }: { user: User; compact: boolean }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const approver = may(user, "edit.approve");
  const waiting = useSubmittedDrafts(approver).data?.items.length ?? 0;
  const signOut = useMutation({
    mutationFn: api.signOut,
    onSuccess: () => {
      openPage(null);
      client.setQueryData<Session>(["session"], (old) => ({
        user: null,
        sign_in: old?.sign_in ?? { oidc: null },
      }));
      forgetPerson(client);
    },
  });

  return (
    <Menu position="bottom-end" withArrow width={320} shadow="md">
      <Menu.Target>
        <UserButton name={user.name} compact={compact} data-testid="account" />
      </Menu.Target>
      <Menu.Dropdown data-testid="account-menu">
        <div className={classes.who}>
          <Text fw={600}>{user.name}</Text>
          <Text c="dimmed">
            {user.login} · {t(`account.level.${user.level}`)}
          </Text>
          <RoleList roles={user.roles} />
          {user.needs === "stronger-sign-in" && <Text c="orange.9">{t("account.strongerSignIn")}</Text>}
        </div>
        <Menu.Divider />
        {user.needs === "enrol-totp" && (
          <Menu.Item
            leftSection={<Icon name="shield" />}
            color="orange.9"
            onClick={() => openDialog("enrol")}
            data-testid="open-enrolment"
          >
            {t("enrol.title")}
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<Icon name="user" />}
          onClick={() => openPage("account")}
          data-testid="open-account"
        >
          {t("account.title")}
        </Menu.Item>
        {approver && (
          <Menu.Item
            leftSection={<Icon name="inbox" />}
            rightSection={waiting > 0 && <Badge circle={waiting < 10}>{waiting}</Badge>}
            onClick={() => openPage("approvals")}
            data-testid="open-approvals"
          >
            {t("approvals.title")}
          </Menu.Item>
        )}
        {may(user, "accounts.manage") && (
          <Menu.Item
            leftSection={<Icon name="people" />}
            onClick={() => openPage("admin")}
            data-testid="open-admin"
          >
            {t("admin.title")}
          </Menu.Item>
        )}
        {may(user, "audit.read") && (
          <Menu.Item
            leftSection={<Icon name="log" />}
            onClick={() => openPage("audit")}
            data-testid="open-audit"
          >
            {t("audit.title")}
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item leftSection={<Icon name="exit" />} onClick={() => signOut.mutate()} data-testid="sign-out">
          {t("session.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
