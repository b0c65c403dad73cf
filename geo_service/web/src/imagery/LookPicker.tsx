import { NativeSelect, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Look } from "../api/imagery";
import { useLooks } from "../api/imageryQueries";
import { useView } from "../state/view";
import classes from "./Imagery.module.css";
import { type Asked, bandsOf, drawnAs, firstBands, lookOf, STRETCHES, stretchable, writeLook } from "./look";
import { imagery, useImagery } from "./view";
import { bandName, lookName } from "./words";

/** The choice that opens the three bands; no look is called like this. */
const FREE = ".";
const CHANNELS = ["red", "green", "blue"] as const;

const draw = (asked: Asked) => imagery.set({ look: writeLook(asked) });

/** How the picture is drawn, and what its colours mean. In a comparison: what both pictures can be drawn as. */
export function LookPicker({ scene }: { scene: string }) {
  const { t } = useTranslation();
  const word = useImagery((v) => v.look);
  const before = useImagery((v) => (v.mode === "swipe" ? v.before : null));
  const looks = useLooks(scene).data;
  const others = useLooks(before).data;
  if (!looks) return null;
  const both = looks.looks.filter((one) => !others || others.looks.some((other) => other.name === one.name));
  const bands = bandsOf(looks).filter((band) => !others || others.bands.includes(band));
  const asked = drawnAs(looks, word);
  const named = asked.bands ? undefined : lookOf(looks, asked.name);
  return (
    <>
      <NativeSelect
        label={t("imagery.look")}
        value={asked.bands ? FREE : (named?.name ?? "")}
        onChange={({ currentTarget: { value } }) =>
          draw(
            value === FREE
              ? { ...asked, name: null, bands: firstBands(looks, asked) }
              : { ...asked, name: value, bands: null },
          )
        }
        data={[
          ...both.map((one) => ({ value: one.name, label: lookName(one.name) })),
          ...(bands.length >= 3 ? [{ value: FREE, label: t("imagery.ownBands") }] : []),
        ]}
        data-testid="imagery-look"
      />
      {asked.bands && <Bands asked={asked} chosen={asked.bands} bands={bands} />}
      {stretchable(looks, asked) && <Contrast asked={asked} />}
      {named && named.legend.length > 0 && <Legend look={named} />}
    </>
  );
}

/** Which band is drawn in which colour; the same band three times is a picture in grey. */
function Bands({
  asked,
  chosen,
  bands,
}: {
  asked: Asked;
  chosen: [string, string, string];
  bands: readonly string[];
}) {
  const { t } = useTranslation();
  return (
    <div className={classes.bands} role="group" aria-label={t("imagery.ownBands")}>
      {CHANNELS.map((channel, place) => (
        <label key={channel}>
          <span className={classes.channel} data-channel={channel} />
          {t(`imagery.channels.${channel}`)}
          <NativeSelect
            value={chosen[place]}
            onChange={({ currentTarget: { value } }) => {
              const next: [string, string, string] = [...chosen];
              next[place] = value;
              draw({ ...asked, bands: next });
            }}
            data={bands.map((band) => ({ value: band, label: bandName(band) }))}
            data-testid={`imagery-band-${channel}`}
          />
        </label>
      ))}
    </div>
  );
}

/** How much of the brightest and darkest is given up for contrast. */
function Contrast({ asked }: { asked: Asked }) {
  const { t } = useTranslation();
  return (
    <NativeSelect
      label={t("imagery.stretch")}
      value={asked.stretch}
      onChange={({ currentTarget: { value } }) =>
        draw({ ...asked, stretch: STRETCHES.find((one) => one === value) ?? STRETCHES[0] })
      }
      data={STRETCHES.map((value) => ({ value, label: t(`imagery.stretches.${value}`) }))}
      data-testid="imagery-stretch"
    />
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
