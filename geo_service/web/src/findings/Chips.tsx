import { SegmentedControl, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { chipAddress, type Finding, type Look, LOOKS, type Outline } from "../api/findings";
import { day, integer } from "../format";
import { useView } from "../state/view";
import classes from "./Findings.module.css";

/** The same square of ground on both dates; a slider uncovers the one under the other. */
export function Chips({ finding }: { finding: Finding }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const [share, setShare] = useState(50);
  const [look, setLook] = useState<Look>("natural");
  const { id, chip, before_at, after_at, gsd_m } = finding;
  return (
    <figure className={classes.chips} aria-label={t("finding.chips.label")} data-testid="finding-chips">
      <div className={classes.frame}>
        <Picture key={`${id}/after/${look}`} id={id} moment="after" look={look} />
        <div className={classes.over} style={{ clipPath: `inset(0 ${100 - share}% 0 0)` }}>
          <Picture key={`${id}/before/${look}`} id={id} moment="before" look={look} />
        </div>
        <svg className={classes.outlines} viewBox="0 0 1 1" aria-hidden="true">
          <path d={pathOf(chip.parcel)} className={classes.parcelLine} />
          <path d={pathOf(chip.finding)} className={classes.findingCasing} />
          <path d={pathOf(chip.finding)} className={classes.findingLine} />
        </svg>
        <span className={classes.edge} style={{ left: `${share}%` }} aria-hidden="true" />
        <span className={classes.dateLeft}>
          {t("finding.chips.before")} {day(before_at)}
        </span>
        <span className={classes.dateRight}>
          {t("finding.chips.after")} {day(after_at)}
        </span>
        <input
          type="range"
          min={0}
          max={100}
          value={share}
          onChange={(event) => setShare(Number(event.currentTarget.value))}
          aria-label={t("finding.chips.slide")}
          className={classes.slide}
          data-testid="finding-slider"
        />
      </div>
      <SegmentedControl
        aria-label={t("finding.chips.look")}
        value={look}
        onChange={(value) => setLook(LOOKS.find((one) => one === value) ?? "natural")}
        data={LOOKS.map((one) => ({ value: one, label: t(`finding.chips.${one}`) }))}
        className={classes.look}
        data-testid="finding-look"
      />
      <figcaption className={classes.dimmed}>
        {t("finding.chips.side", { n: integer(chip.side_m, lang), gsd: integer(gsd_m, lang) })}.{" "}
        {t("finding.chips.legend")}
      </figcaption>
    </figure>
  );
}

interface PictureProps {
  id: string;
  moment: "before" | "after";
  look: Look;
}

function Picture({ id, moment, look }: PictureProps) {
  const { t } = useTranslation();
  const [missing, setMissing] = useState(false);
  if (missing)
    return (
      <span className={classes.missing}>
        <Text span>{t("finding.chips.missing")}</Text>
      </span>
    );
  return (
    <img
      src={chipAddress(id, moment, look)}
      alt={t(`finding.chips.${moment}`)}
      className={classes.picture}
      onError={() => setMissing(true)}
      draggable={false}
      data-testid={`chip-${moment}`}
    />
  );
}

const pathOf = (outline: Outline): string =>
  outline.map((ring) => `M${ring.map(([x, y]) => `${x} ${y}`).join("L")}Z`).join("");
