import { Button, List, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Problem } from "../api/types";
import { useMap } from "../map/context";
import { LEFT_PANEL } from "../map/controller";
import { useView } from "../state/view";
import { ProblemAlert } from "../ui/ProblemAlert";
import { problemText } from "../ui/problem";
import { useEditing } from "./context";
import { boundsOf } from "./drawing";
import { Reasons } from "./Reasons";

/** Why the service refuses, and where: the segments are red on the map. The work is kept for mending. */
export function RefusalPanel({ problem }: { problem: Problem }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const controller = useMap();
  const { dispatch, check } = useEditing();
  const { detail } = problemText(problem, lang);
  const messages = new Map<string, [number, number, number, number] | null>();
  for (const feature of problem.segments?.features ?? []) {
    const { message, message_vi } = feature.properties;
    const text = (lang === "vi" && message_vi) || message;
    // a message that only repeats the sentence above says nothing more
    if (text && text !== detail && !messages.has(text)) {
      messages.set(text, boundsOf({ type: "FeatureCollection", features: [feature] }));
    }
  }
  return (
    <Stack gap="sm" data-testid="refusal">
      <ProblemAlert problem={problem}>
        <Reasons problem={problem} />
        <List mt="xs" spacing={4}>
          {[...messages].map(([text, bounds]) => (
            <List.Item key={text}>
              <Button
                variant="subtle"
                color="red"
                h="auto"
                px={4}
                styles={{ label: { whiteSpace: "normal", textAlign: "left", lineHeight: 1.4 } }}
                onClick={() => bounds && controller.fly({ bounds }, LEFT_PANEL)}
              >
                {text}
              </Button>
            </List.Item>
          ))}
        </List>
      </ProblemAlert>
      <Button onClick={() => dispatch({ type: "undo" })} data-testid="mend">
        {t("edit.mend")}
      </Button>
      <Button variant="default" onClick={() => check()}>
        {t("edit.tryAgain")}
      </Button>
    </Stack>
  );
}
