import { Button, Checkbox, List, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "../api/types";
import { dateTime, integer } from "../format";
import { useMap } from "../map/context";
import { LEFT_PANEL } from "../map/controller";
import { INK } from "../map/palette";
import { changeKind } from "../panel/names";
import { useView } from "../state/view";
import { ProblemAlert } from "../ui/ProblemAlert";
import { boundsOf } from "./drawing";
import classes from "./Edit.module.css";

const SIDES = ["base", "theirs", "mine"] as const;

interface Props {
  problem: Problem;
  /** the way on for who works on the draft */
  onRebase?: () => void;
  /** the way on for who only decides about it */
  hint?: string;
}

/** Somebody was faster: base, mine and theirs on the map, and the way on. */
export function ConflictPanel({ problem, onRebase, hint }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const controller = useMap();
  const [shown, setShown] = useState<readonly string[]>(SIDES);

  useEffect(() => {
    const features = SIDES.filter((side) => shown.includes(side)).flatMap((side) =>
      (problem[side]?.features ?? []).map((feature) => ({ ...feature, properties: { side } })),
    );
    void controller.draw("conflict", { type: "FeatureCollection", features });
    return () => void controller.draw("conflict", null);
  }, [controller, problem, shown]);

  useEffect(() => {
    const bounds = boundsOf(problem.theirs) ?? boundsOf(problem.mine);
    if (bounds) controller.fly({ bounds }, LEFT_PANEL);
  }, [controller, problem]);

  return (
    <Stack gap="sm" data-testid="conflict">
      <ProblemAlert problem={problem}>
        <List mt="xs">
          {problem.winners?.map(({ seq, kind, at }) => (
            <List.Item key={seq}>
              {t("live.seq")} {integer(seq, lang)} · {changeKind(kind, t)} · {dateTime(at)}
            </List.Item>
          ))}
        </List>
      </ProblemAlert>
      <Checkbox.Group value={[...shown]} onChange={setShown} label={t("conflict.show")}>
        <Stack gap={6} mt={6}>
          {SIDES.filter((side) => problem[side]?.features.length).map((side) => (
            <Checkbox
              key={side}
              value={side}
              label={
                <Text component="span">
                  <span className={classes.swatch} style={{ background: INK[side] }} />{" "}
                  {t(`conflict.${side}`)}
                </Text>
              }
            />
          ))}
        </Stack>
      </Checkbox.Group>
      {hint && <Text>{hint}</Text>}
      {onRebase && (
        <Button onClick={onRebase} data-testid="rebase">
          {t("conflict.rebase")}
        </Button>
      )}
    </Stack>
  );
}
