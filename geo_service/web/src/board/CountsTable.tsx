import { Button, SegmentedControl } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Board, Counts } from "../api/board";
import { nameOf } from "../citizen/words";
import { integer } from "../format";
import { useView } from "../state/view";
import { Card } from "../ui/Page";
import table from "../ui/Table.module.css";
import classes from "./Board.module.css";
import { boardView, useBoardView } from "./boardView";
import { bandColor, bandOf, openOf, percent, tenth } from "./figures";
import { Tally } from "./Tally";

const FEW = 12;
type Column = "name" | "received" | "finished" | "late" | "share" | "median_days" | "red" | "open";
const COLUMNS: Column[] = ["name", "received", "finished", "late", "share", "median_days", "red", "open"];
const NOW = ["red", "amber", "green", "paused", "waiting"] as const;

interface Row {
  code: string;
  name: string;
  counts: Counts;
}

/** The same numbers for each unit, or for each procedure. */
export function CountsTable({ board }: { board: Board }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { table: which, unit, procedure } = useBoardView();
  const [order, setOrder] = useState<{ by: Column; down: boolean }>({ by: "received", down: true });
  const [all, setAll] = useState(false);
  const rows = useMemo(() => {
    const made: Row[] =
      which === "units"
        ? board.units.map((row) => ({ code: row.unit.code, name: row.unit.name, counts: row }))
        : board.procedures.map((row) => ({
            code: row.procedure.code,
            name: nameOf(row.procedure, lang),
            counts: row,
          }));
    return sorted(made, order.by, order.down, lang);
  }, [board, which, order, lang]);
  const shown = all ? rows : rows.slice(0, FEW);
  const chosen = which === "units" ? unit : procedure;
  return (
    <Card
      title={t("board.table.title")}
      aside={
        <SegmentedControl
          aria-label={t("board.table.which")}
          value={which}
          onChange={(value) => boardView.set({ table: value === "procedures" ? "procedures" : "units" })}
          data={(["units", "procedures"] as const).map((one) => ({
            value: one,
            label: t(`board.table.${one}`),
          }))}
          data-testid="board-table-which"
        />
      }
    >
      <table className={`${table.table} ${classes.counts}`} data-few={!all} data-testid="board-table">
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <th
                key={column}
                scope="col"
                aria-sort={order.by === column ? (order.down ? "descending" : "ascending") : "none"}
                data-column={column}
              >
                <button
                  type="button"
                  className={classes.sort}
                  onClick={() =>
                    setOrder({ by: column, down: order.by === column ? !order.down : column !== "name" })
                  }
                >
                  {t(`board.table.column.${column}`)}
                  <span aria-hidden="true">
                    {order.by === column ? (order.down ? "\u00a0↓" : "\u00a0↑") : ""}
                  </span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <CountsRow
              key={row.code}
              row={row}
              which={which}
              bands={board.bands}
              chosen={row.code === chosen}
            />
          ))}
          {!rows.length && (
            <tr>
              <td colSpan={COLUMNS.length}>{t("board.table.nothing")}</td>
            </tr>
          )}
        </tbody>
      </table>
      {rows.length > FEW && (
        <Button
          fullWidth
          variant="subtle"
          mt="xs"
          onClick={() => setAll(!all)}
          className={classes.more}
          data-testid="board-more"
        >
          {all ? t("board.table.less") : t("board.table.more", { n: integer(rows.length, lang) })}
        </Button>
      )}
    </Card>
  );
}

function sorted(rows: Row[], by: Column, down: boolean, lang: "vi" | "en"): Row[] {
  const value = ({ counts }: Row) =>
    by === "open" ? openOf(counts) : by === "name" ? 0 : (counts[by] ?? -1);
  const sign = down ? -1 : 1;
  return [...rows].sort((a, b) =>
    by === "name"
      ? sign * a.name.localeCompare(b.name, lang)
      : sign * (value(a) - value(b)) || a.name.localeCompare(b.name, lang),
  );
}

interface RowProps {
  row: Row;
  which: "units" | "procedures";
  bands: Board["bands"];
  chosen: boolean;
}

function CountsRow({ row: { code, name, counts }, which, bands, chosen }: RowProps) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const place = which === "units" ? { unit: code } : { procedure: code };
  const titled = (what: string) => `${what} · ${name}`;
  const days = (value: number | null) => (value === null ? "–" : tenth(value, lang));
  return (
    <tr data-chosen={chosen} data-testid={`row-${code}`}>
      <td data-label={t("board.table.column.name")}>
        <button
          type="button"
          className={classes.name}
          aria-pressed={chosen}
          onClick={() =>
            boardView.set(
              which === "units" ? { unit: chosen ? "" : code } : { procedure: chosen ? "" : code },
            )
          }
        >
          {name}
        </button>
      </td>
      {(["received", "finished", "late"] as const).map((cell) => (
        <td key={cell} data-label={t(`board.table.column.${cell}`)} className={classes.figureCell}>
          <Tally
            value={counts[cell]}
            cell={cell}
            title={titled(t(`board.table.column.${cell}`))}
            {...place}
          />
        </td>
      ))}
      <td data-label={t("board.table.column.share")}>
        {counts.share === null ? (
          <span className={classes.dimmed}>–</span>
        ) : (
          <span className={classes.shareCell}>
            <svg width="72" height="12" aria-hidden="true" className={classes.shareBar}>
              <rect width="72" height="12" rx="3" fill="#ebe8e2" />
              <rect
                width={72 * counts.share}
                height="12"
                rx="3"
                fill={bandColor(bandOf(counts.share, bands), bands.length)}
              />
            </svg>
            {percent(counts.share, lang)}
          </span>
        )}
      </td>
      <td data-label={t("board.table.column.median_days")} className={classes.figureCell}>
        <span title={t("board.p90", { n: days(counts.p90_days) })}>
          {days(counts.median_days)} <span className={classes.dimmed}>/ {days(counts.p90_days)}</span>
        </span>
      </td>
      <td data-label={t("board.table.column.red")} className={classes.figureCell}>
        <Tally
          value={counts.red}
          cell="red"
          title={titled(t("board.red"))}
          {...place}
          className={counts.red ? classes.redNumber : undefined}
        />
      </td>
      <td data-label={t("board.table.column.open")}>
        <span className={classes.nowCell}>
          <Spark counts={counts} />
          <Tally value={openOf(counts)} cell="open" title={titled(t("board.table.column.open"))} {...place} />
        </span>
      </td>
    </tr>
  );
}

const SPARK = 110;
const COLORS: Record<(typeof NOW)[number], string> = {
  red: "#b42318",
  amber: "#f2b705",
  green: "#2f7d52",
  paused: "#7c5cb5",
  waiting: "#a8a29e",
};

/** How what is open stands: late, due soon, in time, paused, not received yet. */
function Spark({ counts }: { counts: Counts }) {
  const { t } = useTranslation();
  const whole = openOf(counts);
  if (!whole) return null;
  const words = NOW.filter((cell) => counts[cell] > 0).map(
    (cell) => `${t(`board.${cell}`)}: ${counts[cell]}`,
  );
  const parts = NOW.map((cell, place) => {
    const before = NOW.slice(0, place).reduce((sum, one) => sum + counts[one], 0);
    return { cell, x: (before / whole) * SPARK, width: (counts[cell] / whole) * SPARK };
  });
  return (
    <svg width={SPARK} height="14" role="img" aria-label={words.join(", ")} className={classes.spark}>
      <title>{words.join(", ")}</title>
      {parts
        .filter(({ width }) => width > 0)
        .map(({ cell, x, width }) => (
          <rect key={cell} x={x} width={Math.max(1.5, width - 1)} height="14" fill={COLORS[cell]} />
        ))}
    </svg>
  );
}
