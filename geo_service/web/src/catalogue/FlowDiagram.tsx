import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Definition, FlowClock } from "../api/administrationTypes";
import { useView } from "../state/view";
import { Icon, type IconName } from "../ui/icons";
import classes from "./Flow.module.css";
import type { Chosen } from "./chosen";
import { countErrors, type Located, ofRow } from "./findings";
import { type Exit, type FlowBox, type FlowPill, flowOf, HEAD, LINE, type Measure } from "./flow";
import { holderName, nameOf, stepFoot, word } from "./words";

interface Props {
  definition: Definition;
  found: readonly Located[];
  chosen: Chosen | null;
  onChoose: (chosen: Chosen) => void;
}

const CLOCK: Record<FlowClock, IconName | null> = { none: null, running: "clock", paused: "pause" };
const EXIT: Record<Exit["kind"], IconName> = { stay: "redo", end: "exit", away: "right", lost: "warning" };
const FONT = '16px "Be Vietnam Pro"';

/** Text is measured by the browser, again when the fonts have come. */
function useMeasure(): Measure {
  const [fonts, setFonts] = useState(0);
  useEffect(() => {
    let here = true;
    void document.fonts.ready.then(() => here && setFonts(1));
    return () => {
      here = false;
    };
  }, []);
  return useMemo(() => {
    const pen = document.createElement("canvas").getContext("2d");
    const known = new Map<string, number>();
    return (text) => {
      let width = known.get(text);
      if (width === undefined) {
        if (pen) pen.font = FONT;
        width = pen ? pen.measureText(text).width : text.length * 8.6;
        known.set(text, width);
      }
      return width;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- what was measured before the fonts came is forgotten
  }, [fonts]);
}

/** The steps of a procedure as boxes and its actions as arrows; each can be opened. */
export function FlowDiagram({ definition, found, chosen, onChoose }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const measure = useMeasure();
  const flow = useMemo(
    () =>
      flowOf(
        definition,
        {
          step: (step) => nameOf(step, lang) || t("administration.nameless"),
          action: (action) => nameOf(action, lang) || t("administration.nameless"),
          foot: (step) => stepFoot(step, t),
        },
        measure,
      ),
    [definition, lang, measure, t],
  );
  const scroll = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const shown = scroll.current?.querySelector('[aria-pressed="true"]');
    if (shown && !inSight(shown.getBoundingClientRect()))
      shown.scrollIntoView({ block: "center", inline: "center" });
  }, [chosen]);
  const on = (part: Chosen["part"], index: number) => chosen?.part === part && chosen.index === index;
  return (
    <div
      ref={scroll}
      className={classes.scroll}
      role="region"
      aria-label={t("administration.diagram")}
      tabIndex={0}
    >
      <svg
        className={classes.svg}
        width={flow.width}
        height={flow.height}
        viewBox={`0 0 ${flow.width} ${flow.height}`}
        role="group"
        aria-label={t("administration.diagram")}
        data-testid="flow-diagram"
      >
        {flow.lines.map(({ action, path, tip, back }) => (
          <g key={action} className={classes.line} data-on={on("actions", action)} data-back={back}>
            <path d={path} />
            <path
              className={classes.tip}
              d={tip.down ? `M${tip.x - 6} ${tip.y - 9}h12l-6 9z` : `M${tip.x - 6} ${tip.y + 9}h12l-6 -9z`}
            />
          </g>
        ))}
        {flow.apart !== null && (
          <text className={classes.apart} x={16} y={flow.apart - 14}>
            {t("administration.otherSteps")}
          </text>
        )}
        {flow.pills.map((pill) => (
          <Pill
            key={pill.action}
            pill={pill}
            definition={definition}
            found={found}
            on={on("actions", pill.action)}
            onChoose={onChoose}
          />
        ))}
        {flow.boxes.map((box) => (
          <Box
            key={box.step}
            box={box}
            definition={definition}
            found={found}
            chosen={chosen}
            onChoose={onChoose}
          />
        ))}
      </svg>
    </div>
  );
}

/** Not under what stays at the top, nor beside the screen. */
const inSight = ({ top, bottom, left, right }: DOMRect): boolean =>
  top > 170 && bottom < window.innerHeight - 20 && left > 0 && right < window.innerWidth - 500;

/** Enter and space press what is no button by itself. */
const pressed = (press: () => void) => (event: KeyboardEvent) => {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  press();
};

interface BoxProps {
  box: FlowBox;
  definition: Definition;
  found: readonly Located[];
  chosen: Chosen | null;
  onChoose: (chosen: Chosen) => void;
}

function Box({ box, definition, found, chosen, onChoose }: BoxProps) {
  const { t } = useTranslation();
  const step = definition.steps[box.step];
  if (!step) return null;
  const mine = ofRow(found, definition, "steps", box.step);
  const open = () => onChoose({ part: "steps", index: box.step });
  const icon = CLOCK[step.clock];
  const footY = 10 + Math.max(box.lines.length * LINE, 30);
  return (
    <g
      transform={`translate(${box.x} ${box.y})`}
      className={classes.box}
      data-clock={step.clock}
      data-errors={countErrors(mine) > 0}
    >
      <rect className={classes.shape} width={box.w} height={box.h} rx={12} />
      <g
        role="button"
        tabIndex={0}
        aria-pressed={chosen?.part === "steps" && chosen.index === box.step}
        aria-label={[
          t("administration.stepLabel", { status: step.status, name: box.lines.join(" ") }),
          word("status", step.status, t),
          holderName(step.role, t),
          word("flowClock", step.clock, t),
          mine.length ? t("administration.foundHere", { count: mine.length }) : "",
        ]
          .filter(Boolean)
          .join(", ")}
        onClick={open}
        onKeyDown={pressed(open)}
        data-testid={`step-${step.code}`}
        className={`${classes.node} ${classes.head}`}
      >
        <rect className={classes.hit} width={box.w} height={box.head} />
        <circle className={classes.status} cx={25} cy={27} r={15} />
        <text className={classes.number} x={25} y={32.5}>
          {step.status}
        </text>
        {box.lines.map((line, i) => (
          <text key={line} className={classes.name} x={HEAD + 2} y={26 + i * LINE}>
            {line}
          </text>
        ))}
        {icon && (
          <g transform={`translate(${HEAD} ${footY + 1})`} className={classes.foot}>
            <Icon name={icon} size={18} />
          </g>
        )}
        {box.foot.map((line, i) => (
          <text key={line} className={classes.foot} x={HEAD + (icon ? 23 : 2)} y={footY + 15 + i * LINE}>
            {line}
          </text>
        ))}
      </g>
      {box.exits.map((exit) => (
        <ExitRow
          key={exit.action}
          exit={exit}
          width={box.w}
          definition={definition}
          found={found}
          on={chosen?.part === "actions" && chosen.index === exit.action}
          onChoose={onChoose}
        />
      ))}
      {mine.length > 0 && <Mark x={box.w - 6} y={4} found={mine} />}
    </g>
  );
}

interface ExitProps {
  exit: Exit;
  width: number;
  definition: Definition;
  found: readonly Located[];
  on: boolean;
  onChoose: (chosen: Chosen) => void;
}

function ExitRow({ exit, width, definition, found, on, onChoose }: ExitProps) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const action = definition.actions[exit.action];
  if (!action) return null;
  const target = definition.steps.find(({ code }) => code === action.to);
  const mine = ofRow(found, definition, "actions", exit.action);
  const open = () => onChoose({ part: "actions", index: exit.action });
  return (
    <g
      role="button"
      tabIndex={0}
      transform={`translate(0 ${exit.y})`}
      aria-pressed={on}
      aria-label={t("administration.actionLabel", {
        name: exit.lines.join(" "),
        to: target ? nameOf(target, lang) : action.to,
      })}
      onClick={open}
      onKeyDown={pressed(open)}
      className={`${classes.node} ${classes.exit}`}
      data-errors={countErrors(mine) > 0}
      data-lost={exit.kind === "lost"}
      data-testid={`action-${action.from}-${action.code}`}
    >
      <rect className={classes.shape} x={6} y={1} width={width - 12} height={exit.h - 2} rx={8} />
      <g transform="translate(15 6)">
        <Icon name={EXIT[exit.kind]} size={18} />
      </g>
      {exit.lines.map((line, i) => (
        <text key={line} x={HEAD - 4} y={20.5 + i * LINE}>
          {line}
        </text>
      ))}
      {target && exit.kind !== "stay" && (
        <text className={classes.exitStatus} x={width - 16} y={20.5}>
          {target.status}
        </text>
      )}
      {mine.length > 0 && <Mark x={width - 10} y={6} found={mine} />}
    </g>
  );
}

interface PillProps {
  pill: FlowPill;
  definition: Definition;
  found: readonly Located[];
  on: boolean;
  onChoose: (chosen: Chosen) => void;
}

function Pill({ pill, definition, found, on, onChoose }: PillProps) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const action = definition.actions[pill.action];
  if (!action) return null;
  const target = definition.steps.find(({ code }) => code === action.to);
  const mine = ofRow(found, definition, "actions", pill.action);
  const open = () => onChoose({ part: "actions", index: pill.action });
  return (
    <g
      role="button"
      tabIndex={0}
      transform={`translate(${pill.x} ${pill.y})`}
      aria-pressed={on}
      aria-label={[
        t("administration.actionLabel", {
          name: pill.lines.join(" "),
          to: target ? nameOf(target, lang) : action.to,
        }),
        mine.length ? t("administration.foundHere", { count: mine.length }) : "",
      ]
        .filter(Boolean)
        .join(", ")}
      onClick={open}
      onKeyDown={pressed(open)}
      className={`${classes.node} ${classes.pill}`}
      data-back={pill.back}
      data-errors={countErrors(mine) > 0}
      data-testid={`action-${action.from}-${action.code}`}
    >
      <rect className={classes.shape} width={pill.w} height={pill.h} rx={Math.min(pill.h / 2, 17)} />
      {pill.lines.map((line, i) => (
        <text key={line} x={pill.w / 2} y={21.5 + i * LINE}>
          {line}
        </text>
      ))}
      {mine.length > 0 && <Mark x={pill.w - 4} y={2} found={mine} />}
    </g>
  );
}

/** How many things the check found here: ! for errors, ? for warnings. */
function Mark({ x, y, found }: { x: number; y: number; found: readonly Located[] }) {
  const wrong = countErrors(found) > 0;
  return (
    <g className={classes.mark} data-errors={wrong} aria-hidden="true">
      <circle cx={x} cy={y} r={12} />
      <text x={x} y={y + 5.5}>
        {wrong ? "!" : "?"}
      </text>
    </g>
  );
}
