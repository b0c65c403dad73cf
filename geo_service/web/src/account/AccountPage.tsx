import "../i18n/work";
import { Tabs } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../api/queries";
import { Page } from "../ui/Page";
import { AccessesTab } from "./AccessesTab";
import { DataTab } from "./DataTab";
import { ProfileTab } from "./ProfileTab";
import { SessionsTab } from "./SessionsTab";
import { TokensTab } from "./TokensTab";

/** Everything the service holds about the person who is signed in, and the keys to it. */
export default function AccountPage() {
  const { t } = useTranslation();
  const user = useSession().data?.user;
  const [tab, setTab] = useState<string | null>("profile");
  if (!user) return null;
  return (
    <Page title={t("account.title")} data-testid="account-page">
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="profile">{t("account.profile")}</Tabs.Tab>
          {user.person && (
            <>
              <Tabs.Tab value="data" data-testid="tab-my-data">
                {t("account.data")}
              </Tabs.Tab>
              <Tabs.Tab value="accesses" data-testid="tab-accesses">
                {t("account.accesses")}
              </Tabs.Tab>
            </>
          )}
          <Tabs.Tab value="sessions" data-testid="tab-sessions">
            {t("account.sessions")}
          </Tabs.Tab>
          <Tabs.Tab value="tokens" data-testid="tab-tokens">
            {t("account.tokens")}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="profile">
          <ProfileTab user={user} />
        </Tabs.Panel>
        <Tabs.Panel value="data">
          <DataTab />
        </Tabs.Panel>
        <Tabs.Panel value="accesses">
          <AccessesTab />
        </Tabs.Panel>
        <Tabs.Panel value="sessions">
          <SessionsTab />
        </Tabs.Panel>
        <Tabs.Panel value="tokens">
          <TokensTab />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}
