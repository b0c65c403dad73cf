import { NativeSelect, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Look } from "../api/imagery";
import { useLooks } from "../api/imageryQueries";
import { useView } from "../state/view";
import classes from "./Imagery.module.css";
import { lookOf } from "./look";
import { imagery, useImagery } from "./view";
import { lookName } from "./words";

/** How the picture is drawn, and what its colours mean. In a comparison: what both pictures can be drawn as. */
export function LookPicker({ scene }: { scene: string }) {
  const { t } = useTranslation();
  const name = useImagery((v) => v.look);
  const before = useImagery((v) => (v.mode === "swipe" ? v.before : null));
  const looks = useLooks(scene).data;
  const others = useLooks(before).data;
  if (!looks) return null;
  const both = looks.looks.filter((one) => !others || others.looks.some((other) => other.name === one.name));
  const shown = lookOf(looks, name);
  return (
    <>
      <NativeSelect
        label={t("imagery.look")}
        value={shown?.name ?? ""}
        onChange={(event) => imagery.set({ look: event.currentTarget.value })}
        data={both.map((one) => ({ value: one.name, label: lookName(one.name) }))}
        data-testid="imagery-look"
      />
      {shown && shown.legend.length > 0 && <Legend look={shown} />}
    </>
  );
}

function Legend({ look }: { look: Look }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const number = new Intl.NumberFormat(lang === "vi" ? "vi-VN" : "en-GB");
  return (
    <ul
      className={classes.legend}
      aria-label={t("imagery.legend", { look: lookName(look.name) })}
      data-testid="imagery-legend"
    >
      {look.legend.map(({ value, colour, name_vi, name_en }) => (
        <li key={value}>
          <span className={classes.swatch} style={{ backgroundColor: colour }} />
          {look.kind === "index" && <Text component="span">{number.format(value)}</Text>}
          <span>{lang === "vi" ? name_vi : name_en}</span>
        </li>
      ))}
    </ul>
  );
}
