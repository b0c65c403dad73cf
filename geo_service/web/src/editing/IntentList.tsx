import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Intent } from "../api/types";
import classes from "./Edit.module.css";

/** The steps of the draft so far, in the order in which they are replayed. */
export function IntentList({ intents }: { intents: readonly Intent[] }) {
  const { t } = useTranslation();
  if (!intents.length) return null;
  const keyed = intents.map((intent, index) => ({ intent, key: `${index}/${intent.type}` }));
  return (
    <section aria-label={t("edit.steps")}>
      <Text c="dimmed">{t("edit.steps")}</Text>
      <ol className={classes.intents} data-testid="intents">
        {keyed.map(({ intent, key }) => (
          <li key={key}>
            {intent.type === "revert" ? t("tool.revert", { seq: intent.seq }) : t(`tool.${intent.type}.name`)}
          </li>
        ))}
      </ol>
    </section>
  );
}
