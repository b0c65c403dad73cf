import { ActionIcon, Badge, Button, Menu } from "@mantine/core";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { useDeskCounts } from "../api/dossierQueries";
import { useSession } from "../api/queries";
import { may, pageFor } from "../session/may";
import type { PageName } from "../state/hash";
import { openPage } from "../state/view";
import { Icon, type IconName } from "./icons";

const GROUPS = {
  public: [
    ["procedures", "book"],
    ["track", "search"],
  ],
  own: [["mine", "folder"]],
  work: [
    ["counter", "counter"],
    ["desk", "inbox"],
    ["board", "chart"],
    ["findings", "target"],
    ["precision", "check"],
  ],
  administration: [
    ["catalogue", "book"],
    ["calendar", "calendar"],
    ["partners", "plug"],
  ],
} as const satisfies Record<string, readonly (readonly [PageName, IconName])[]>;
type Group = keyof typeof GROUPS;

/** Every screen about dossiers that this person may open. */
export function MainMenu({ compact }: { compact: boolean }) {
  const { t } = useTranslation();
  const user = useSession().data?.user;
  const todo = useDeskCounts(may(user, "dossier.read")).data?.todo ?? 0;
  const groups = (Object.keys(GROUPS) as Group[])
    .map((group) => ({ group, items: GROUPS[group].filter(([page]) => pageFor(user, page) !== null) }))
    .filter(({ items }) => items.length > 0);
  return (
    <Menu position="bottom-end" withArrow width={280} shadow="md">
      <Menu.Target>
        {compact ? (
          <ActionIcon variant="white" size={36} aria-label={t("menu.label")} data-testid="menu">
            <Icon name="menu" />
          </ActionIcon>
        ) : (
          <Button variant="white" leftSection={<Icon name="menu" />} data-testid="menu">
            {t("menu.label")}
          </Button>
        )}
      </Menu.Target>
      <Menu.Dropdown data-testid="main-menu">
        {groups.map(({ group, items }, index) => (
          <Fragment key={group}>
            {index > 0 && <Menu.Divider />}
            <Menu.Label>{t(`menu.${group}`)}</Menu.Label>
            {items.map(([page, icon]) => (
              <Menu.Item
                key={page}
                leftSection={<Icon name={icon} />}
                rightSection={
                  page === "desk" && todo > 0 ? <Badge circle={todo < 10}>{todo}</Badge> : undefined
                }
                onClick={() => openPage(page)}
                data-testid={`open-${page}`}
              >
                {t(`menu.${page}`)}
              </Menu.Item>
            ))}
          </Fragment>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
