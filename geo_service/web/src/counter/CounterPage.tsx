import "../i18n/citizen";
import "../i18n/dossier";
import "../i18n/work";
import { Kbd, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSession, useUnits } from "../api/queries";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import classes from "./Counter.module.css";
import { EntryForm } from "./EntryForm";
import { WaitingList } from "./WaitingList";

/** Reception: who stands there is written down on the left, what came online waits on the right. */
export default function CounterPage() {
  const { t } = useTranslation();
  const user = useSession().data?.user;
  const units = useUnits();
  return (
    <Page title={t("counter.title")} aside={<Keys />} data-testid="counter-page">
      <div className={classes.columns}>
        <Loaded query={units}>
          {({ items }) => {
            const held = user?.capabilities["desk.reception"] ?? [];
            const open = items.filter(({ ended_on }) => !ended_on);
            const own = held.includes("*") ? open : open.filter(({ code }) => held.includes(code));
            return <EntryForm key={user?.login} login={user?.login ?? ""} units={own} />;
          }}
        </Loaded>
        <WaitingList />
      </div>
    </Page>
  );
}

const KEYS = [
  ["F2", "person"],
  ["F4", "parcel"],
  ["F8", "procedure"],
  ["F9", "papers"],
  ["Ctrl + Enter", "receive"],
  ["Alt + N", "new"],
] as const;

function Keys() {
  const { t } = useTranslation();
  return (
    <Text component="div" className={classes.keys} visibleFrom="md">
      {KEYS.map(([key, name]) => (
        <span key={key}>
          <Kbd size="md">{key}</Kbd> {t(`counter.keys.${name}`)}
        </span>
      ))}
    </Text>
  );
}
