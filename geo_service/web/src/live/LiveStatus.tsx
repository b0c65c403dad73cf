import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { integer } from "../format";
import { useView } from "../state/view";
import { useLive } from "./context";
import classes from "./LiveStatus.module.css";

/** The state of the feed and the last change received, always visible, read out when it changes. */
export function LiveStatus() {
  const { t } = useTranslation();
  const state = useLive((l) => l.state);
  const seq = useLive((l) => l.lastSeq);
  const lang = useView((v) => v.lang);
  return (
    <Group gap={8} wrap="nowrap">
      <span className={classes.dot} data-state={state} aria-hidden="true" />
      <Text
        component="span"
        role="status"
        aria-live="polite"
        data-testid="live-state"
        data-state={state}
        className={classes.text}
      >
        {t(`live.${state}`)}
      </Text>
      <Text component="span" className={classes.text} c="dimmed">
        {t("live.seq")}{" "}
        <b data-testid="seq" data-seq={seq}>
          {integer(seq, lang)}
        </b>
      </Text>
    </Group>
  );
}
