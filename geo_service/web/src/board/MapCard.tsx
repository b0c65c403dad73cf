import { NativeSelect, SegmentedControl, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Board, BoardQuestion, MapUnit, Outlines } from "../api/board";
import { useMapUnits, useOutlines } from "../api/boardQueries";
import { nameOf } from "../citizen/words";
import { integer } from "../format";
import { useView } from "../state/view";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import classes from "./Board.module.css";
import { boardView, MEASURES, useBoardView } from "./boardView";
import {
  centreFrame,
  classify,
  type Frame,
  flat,
  frameOf,
  type MapClass,
  openOf,
  outlinePath,
  percent,
  valueOf,
} from "./figures";

/** Half the height of the frame around the middle of the wards, in degrees. */
const CENTRE = 0.06;
const UNKNOWN = "url(#board-unknown)";

/** The communes coloured by one number, with the classes and their units beside it. */
export function MapCard({ board, question }: { board: Board; question: BoardQuestion }) {
  const { t } = useTranslation();
  const { measure } = useBoardView();
  const units = useMapUnits({ ...question, unit: "" });
  const outlines = useOutlines();
  const [centre, setCentre] = useState(false);
  return (
    <Card title={t("board.map.title")}>
      <div className={classes.mapTools}>
        <SegmentedControl
          aria-label={t("board.map.part")}
          value={centre ? "centre" : "all"}
          onChange={(value) => setCentre(value === "centre")}
          data={[
            { value: "all", label: t("board.map.all") },
            { value: "centre", label: t("board.map.centre") },
          ]}
        />
        <NativeSelect
          aria-label={t("board.map.measure")}
          value={measure}
          onChange={(event) =>
            boardView.set({ measure: MEASURES.find((one) => one === event.currentTarget.value) ?? "share" })
          }
          data={MEASURES.map((one) => ({ value: one, label: t(`board.map.${one}`) }))}
          data-testid="board-measure"
        />
      </div>
      <Loaded query={units}>
        {({ items }) => (
          <Loaded query={outlines}>
            {(shapes) => <UnitMap units={items} shapes={shapes} board={board} centre={centre} />}
          </Loaded>
        )}
      </Loaded>
    </Card>
  );
}

interface Props {
  units: MapUnit[];
  shapes: Outlines;
  board: Board;
  centre: boolean;
}

function UnitMap({ units, shapes, board, centre }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { measure, unit: chosen } = useBoardView();
  const [pointed, setPointed] = useState<string | null>(null);
  const paths = useMemo(
    () =>
      new Map(
        shapes.features.map(({ properties, geometry }) => [
          properties.code,
          outlinePath(geometry.coordinates),
        ]),
      ),
    [shapes],
  );
  const whole = useMemo(
    () =>
      frameOf(
        shapes.features.flatMap(({ geometry }) => geometry.coordinates.flat(2)),
        0.01,
      ),
    [shapes],
  );
  const { classes: groups, of } = useMemo(
    () => classify(units, measure, board.bands),
    [units, measure, board.bands],
  );
  const frame: Frame = (centre ? centreFrame(units, CENTRE) : null) ?? whole;
  const scope = board.scope;
  const fill = (code: string) => {
    const place = of.get(code);
    return place === null || place === undefined ? UNKNOWN : (groups[place]?.color ?? UNKNOWN);
  };
  const told = units.find(({ code }) => code === (pointed ?? chosen)) ?? null;
  const choose = (code: string) => boardView.set({ unit: chosen === code ? "" : code });
  const stroke = frame.width / 500;
  return (
    <div className={classes.mapAndLegend}>
      <figure className={classes.figure}>
        <svg
          viewBox={`${frame.x} ${frame.y} ${frame.width} ${frame.height}`}
          className={classes.map}
          role="img"
          aria-label={t("board.map.label", {
            what: t(`board.map.${measure}`),
            classes: groups
              .map((group, place) => `${className(group, groups[place - 1], lang)}: ${group.units}`)
              .join("; "),
          })}
          onPointerLeave={() => setPointed(null)}
          data-testid="board-map"
        >
          <defs>
            <pattern
              id="board-unknown"
              width={frame.width / 70}
              height={frame.width / 70}
              patternUnits="userSpaceOnUse"
              patternTransform="rotate(45)"
            >
              <rect width="100%" height="100%" fill="#f0eeea" />
              <rect width={frame.width / 220} height="100%" fill="#d9d5cd" />
            </pattern>
          </defs>
          {units.map((unit) => {
            const shared = {
              fill: scope && !scope.includes(unit.code) ? "#faf9f6" : fill(unit.code),
              strokeWidth: stroke,
              "data-code": unit.code,
              "data-class": of.get(unit.code) ?? "none",
              onPointerEnter: () => setPointed(unit.code),
              onClick: () => choose(unit.code),
              className: classes.unit,
            };
            const path = paths.get(unit.code);
            if (path) return <path key={unit.code} d={path} {...shared} />;
            if (unit.lon === null || unit.lat === null) return null;
            const [cx, cy] = flat([unit.lon, unit.lat]);
            return <circle key={unit.code} cx={cx} cy={cy} r={frame.width / 120} {...shared} />;
          })}
          {[chosen, pointed].map((code) => {
            const path = code ? paths.get(code) : undefined;
            return path ? (
              <path key={`over-${code}`} d={path} className={classes.outline} strokeWidth={stroke * 2.5} />
            ) : null;
          })}
          {centre &&
            units.map((unit) => {
              const value = valueOf(unit, measure);
              if (value === null || unit.lon === null || unit.lat === null) return null;
              const [x, y] = flat([unit.lon, unit.lat]);
              const place = of.get(unit.code);
              const dark = place !== null && place !== undefined && groups[place]?.dark;
              return (
                <text
                  key={unit.code}
                  x={x}
                  y={y}
                  fontSize={frame.width / 28}
                  className={classes.label}
                  fill={dark ? "#fff" : "#1c1917"}
                >
                  {measure === "share" ? percent(value, lang, 0) : integer(value, lang)}
                </text>
              );
            })}
        </svg>
        <figcaption className={classes.told} data-testid="board-told">
          {told ? <Told unit={told} /> : <span className={classes.dimmed}>{t("board.map.hint")}</span>}
        </figcaption>
      </figure>
      <ul className={classes.legend} aria-label={t("board.map.legend")}>
        {groups.map((group, place) => (
          <li key={`${group.from}-${group.color}`}>
            <Swatch fill={group.color} />
            <span>{className(group, groups[place - 1], lang)}</span>
            <b>{t("board.map.units", { n: integer(group.units, lang) })}</b>
          </li>
        ))}
        <li>
          <Swatch fill="#f0eeea" hatched />
          <span>{t("board.map.nothing")}</span>
          <b>
            {t("board.map.units", {
              n: integer([...of.values()].filter((place) => place === null).length, lang),
            })}
          </b>
        </li>
      </ul>
    </div>
  );
}

function className(group: MapClass, better: MapClass | undefined, lang: "vi" | "en"): string {
  if (group.band) {
    const bounds =
      group.from === 0 && better ? `< ${percent(better.from, lang, 0)}` : `≥ ${percent(group.from, lang, 0)}`;
    return `${nameOf(group.band, lang)} (${bounds})`;
  }
  if (group.to === null || group.from === group.to) return integer(group.from, lang);
  return `${integer(group.from, lang)}–${integer(group.to, lang)}`;
}

function Swatch({ fill, hatched = false }: { fill: string; hatched?: boolean }) {
  return (
    <svg width="26" height="18" aria-hidden="true" className={classes.swatch}>
      <rect width="26" height="18" rx="3" fill={fill} />
      {hatched && <path d="M2 18L20 0M10 18L26 2" stroke="#b8b2a7" strokeWidth="2" />}
    </svg>
  );
}

function Told({ unit }: { unit: MapUnit }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  return (
    <>
      <b>{unit.name}</b>
      <Text component="span">
        {t("board.map.told", {
          received: integer(unit.received, lang),
          share:
            unit.share === null
              ? t("board.noneFinished")
              : t("board.map.inTime", { n: percent(unit.share, lang) }),
          open: integer(openOf(unit), lang),
          red: integer(unit.red, lang),
        })}
      </Text>
    </>
  );
}
