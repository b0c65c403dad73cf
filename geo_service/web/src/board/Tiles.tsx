import { useTranslation } from "react-i18next";
import type { Board, CellName } from "../api/board";
import { nameOf } from "../citizen/words";
import { day, integer } from "../format";
import { useView } from "../state/view";
import { Icon, type IconName } from "../ui/icons";
import classes from "./Board.module.css";
import { bandOf, openOf, percent, tenth } from "./figures";
import { Tally } from "./Tally";

/** The numbers on top: of the period, and of this moment. */
export function Tiles({ board }: { board: Board }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { total, bands, alarm, paused_for } = board;
  const band = total.share === null ? null : bands[bandOf(total.share, bands)];
  const days = (value: number | null) => (value === null ? "–" : tenth(value, lang));
  return (
    <div className={classes.tileRows}>
      <section aria-label={t("board.inPeriod")}>
        <h3 className={classes.tilesHead}>
          {t("board.inPeriod")}{" "}
          <span className={classes.dimmed}>
            {t("board.span", { from: day(board.from), to: day(board.to) })}
          </span>
        </h3>
        <ul className={classes.tiles}>
          <Tile icon="inbox" name={t("board.received")} cell="received" value={total.received}>
            {t("board.filedToo", { n: integer(total.filed, lang) })}
          </Tile>
          <Tile icon="check" name={t("board.finished")} cell="finished" value={total.finished}>
            {t("board.parts", {
              withdrawn: integer(total.withdrawn, lang),
              stopped: integer(total.stopped, lang),
              refused: integer(total.refused, lang),
            })}
          </Tile>
          <li className={classes.tile} data-testid="tile-share">
            <span className={classes.tileName}>
              <Icon name="clock" /> {t("board.share")}
            </span>
            <span className={classes.big}>{total.share === null ? "–" : percent(total.share, lang)}</span>
            <span className={classes.note}>{band ? nameOf(band, lang) : t("board.noneFinished")}</span>
          </li>
          <Tile icon="late" name={t("board.finishedLate")} cell="late" value={total.late} tone="red">
            {t("board.ofFinished", { n: integer(total.finished, lang) })}
          </Tile>
          <li className={classes.tile} data-testid="tile-pace">
            <span className={classes.tileName}>
              <Icon name="calendar" /> {t("board.pace")}
            </span>
            <span className={classes.big}>{days(total.median_days)}</span>
            <span className={classes.note}>{t("board.p90", { n: days(total.p90_days) })}</span>
          </li>
        </ul>
      </section>
      <section aria-label={t("board.now")}>
        <h3 className={classes.tilesHead}>
          {t("board.now")}{" "}
          <span className={classes.dimmed}>{t("board.openNow", { n: integer(openOf(total), lang) })}</span>
        </h3>
        <ul className={classes.tiles}>
          <Tile icon="late" name={t("board.red")} cell="red" value={total.red} tone="red" />
          <Tile icon="warning" name={t("board.amber")} cell="amber" value={total.amber} tone="amber" />
          <Tile icon="play" name={t("board.green")} cell="green" value={total.green} tone="green" />
          <Tile icon="pause" name={t("board.paused")} cell="paused" value={total.paused} tone="paused">
            {paused_for.map((reason) => (
              <span key={reason.code} className={classes.reason}>
                {t(`board.why.${reason.code}`, { defaultValue: nameOf(reason, lang) })}{" "}
                <Tally
                  value={reason.number}
                  cell="paused"
                  detail={reason.code}
                  title={nameOf(reason, lang)}
                />
              </span>
            ))}
          </Tile>
          <Tile
            icon="counter"
            name={t("board.unanswered")}
            cell="unanswered"
            value={total.unanswered}
            {...(total.unanswered ? { tone: "amber" } : {})}
          >
            {t("board.alarm", { amber: tenth(alarm.amber_hours, lang), red: tenth(alarm.red_hours, lang) })}{" "}
            <Tally
              value={total.unanswered_red}
              cell="unanswered_red"
              title={t("board.unansweredRed", { n: tenth(alarm.red_hours, lang) })}
            />
          </Tile>
        </ul>
      </section>
    </div>
  );
}

interface TileProps {
  icon: IconName;
  name: string;
  cell: CellName;
  value: number;
  tone?: string;
  children?: React.ReactNode;
}

function Tile({ icon, name, cell, value, tone, children }: TileProps) {
  return (
    <li className={classes.tile} data-tone={value > 0 ? tone : undefined} data-testid={`tile-${cell}`}>
      <span className={classes.tileName}>
        <Icon name={icon} /> {name}
      </span>
      <Tally value={value} cell={cell} title={name} className={classes.big} />
      {children && <span className={classes.note}>{children}</span>}
    </li>
  );
}
