import { Button, NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { BoardQuestion } from "../api/board";
import { useProcedures } from "../api/dossierQueries";
import { useSession, useUnits } from "../api/queries";
import { nameOf } from "../citizen/words";
import { unitName } from "../panel/names";
import { useView } from "../state/view";
import classes from "./Board.module.css";
import { boardView, PERIODS, useBoardView } from "./boardView";

/** Which days, whose dossiers, which unit and procedure. */
export function Filters({ question }: { question: BoardQuestion }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const view = useBoardView();
  const procedures = useProcedures().data?.items ?? [];
  const held = useSession().data?.user?.capabilities["board.read"] ?? [];
  const all = (useUnits().data?.items ?? []).filter(({ ended_on }) => !ended_on);
  const units = held.includes("*") ? all : all.filter(({ code }) => held.includes(code));
  return (
    <search className={classes.filters}>
      <SegmentedControl
        aria-label={t("board.period")}
        value={String(view.period)}
        onChange={(value) => {
          const period = PERIODS.find((one) => String(one) === value) ?? 30;
          boardView.set({ period, from: question.from, to: question.to });
        }}
        data={PERIODS.map((one) => ({ value: String(one), label: t(`board.days.${one}`) }))}
        className={classes.periods}
        data-testid="board-period"
      />
      {view.period === "own" && (
        <>
          <TextInput
            type="date"
            aria-label={t("board.from")}
            value={question.from}
            max={question.to}
            onChange={(event) =>
              event.currentTarget.value && boardView.set({ from: event.currentTarget.value })
            }
            data-testid="board-from"
          />
          <TextInput
            type="date"
            aria-label={t("board.to")}
            value={question.to}
            onChange={(event) =>
              event.currentTarget.value && boardView.set({ to: event.currentTarget.value })
            }
            data-testid="board-to"
          />
        </>
      )}
      <NativeSelect
        aria-label={t("board.by")}
        value={view.by}
        onChange={(event) =>
          boardView.set({ by: event.currentTarget.value === "received" ? "received" : "competent" })
        }
        data={(["competent", "received"] as const).map((by) => ({
          value: by,
          label: t(`board.byUnit.${by}`),
        }))}
        data-testid="board-by"
      />
      <NativeSelect
        aria-label={t("board.unit")}
        value={view.unit}
        onChange={(event) => boardView.set({ unit: event.currentTarget.value })}
        data={[
          { value: "", label: t(held.includes("*") ? "board.allUnits" : "board.ownUnits") },
          ...(held.includes("*") ? [{ value: "*", label: t("board.city") }] : []),
          ...units.map((unit) => ({ value: unit.code, label: unitName(unit) })),
        ]}
        data-testid="board-unit"
      />
      <NativeSelect
        aria-label={t("board.procedure")}
        value={view.procedure}
        onChange={(event) => boardView.set({ procedure: event.currentTarget.value })}
        data={[
          { value: "", label: t("board.allProcedures") },
          ...procedures.map((one) => ({ value: one.code, label: `${nameOf(one, lang)} (${one.code})` })),
        ]}
        className={classes.wideSelect}
        data-testid="board-procedure"
      />
      {(view.unit || view.procedure) && (
        <Button variant="subtle" onClick={() => boardView.set({ unit: "", procedure: "" })}>
          {t("board.clear")}
        </Button>
      )}
    </search>
  );
}
