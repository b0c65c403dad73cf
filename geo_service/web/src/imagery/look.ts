/** How a scene is drawn, as a word for the address: `natural`, `swir~5-95`, or three bands as `swir22.nir.red~2-98`. Pure. */
import type { Look, Looks } from "../api/imagery";
import type { Shown, Side } from "./layers";

/** Percentiles of the scene that become black and white; the first is the usual one. */
export const STRETCHES = ["2-98", "0-100", "1-99", "5-95", "10-90"] as const;
export type Stretch = (typeof STRETCHES)[number];

/** A named look, or three bands as red, green and blue. */
export interface Asked {
  name: string | null;
  bands: [red: string, green: string, blue: string] | null;
  stretch: Stretch;
}

const NAME = /^[a-z][a-z0-9-]{0,30}$/;
/** Names of bands that an address can hold; others have named looks only. */
const BAND = /^[\w-]{1,40}$/;
const NATURAL: Asked = { name: "natural", bands: null, stretch: STRETCHES[0] };

/** What a word asks for; natural colours for one that makes no sense. */
export function readLook(word: string): Asked {
  const [what = "", how] = word.split("~");
  const stretch = STRETCHES.find((one) => one === how) ?? STRETCHES[0];
  const [red = "", green = "", blue = "", more] = what.split(".");
  if (more === undefined && [red, green, blue].every((band) => BAND.test(band)))
    return { name: null, bands: [red, green, blue], stretch };
  return NAME.test(what) ? { name: what, bands: null, stretch } : NATURAL;
}

export function writeLook({ name, bands, stretch }: Asked): string {
  const what = bands?.join(".") ?? name ?? "natural";
  return stretch === STRETCHES[0] ? what : `${what}~${stretch}`;
}

/** Bands of a scene that can be chosen from. */
export const bandsOf = ({ bands }: Pick<Looks, "bands">): string[] =>
  [...new Set(bands)].filter((band) => BAND.test(band));

/** The named look that a scene has; one that lacks it is drawn as its first, the natural one. */
export const lookOf = (looks: Looks, name: string | null): Look | undefined =>
  looks.looks.find((one) => one.name === name) ?? looks.looks[0];

/** What a scene is drawn as when this is asked: with the bands it has, else as the named look it has. */
export function drawnAs(looks: Looks, word: string): Asked {
  const asked = readLook(word);
  if (asked.bands?.every((band) => looks.bands.includes(band))) return asked;
  return { ...asked, name: lookOf(looks, asked.name)?.name ?? "natural", bands: null };
}

/** Whether brightness can be stretched: indices and masks have colours of their own, a display copy only that of its bands. */
export function stretchable(looks: Looks, { name, bands }: Asked): boolean {
  const kind = lookOf(looks, name)?.kind;
  const natural = ["red", "green", "blue"].every((band) => looks.bands.includes(band));
  return bands !== null || kind === "composite" || (kind === "visual" && natural);
}

/** Three bands to begin with: those of what is shown, else those that show plants, water and buildings best. */
export function firstBands(looks: Looks, { name, bands }: Asked): [string, string, string] {
  const has = bandsOf(looks);
  const candidates = [
    bands ?? [],
    lookOf(looks, name)?.bands ?? [],
    ["swir16", "nir", "red"],
    ["nir", "red", "green"],
    has,
  ];
  const [red, green, blue] =
    candidates.find((three) => three.length >= 3 && three.every((band) => has.includes(band))) ?? [];
  const only = has[0] ?? "";
  return [red ?? only, green ?? only, blue ?? only];
}

/** The address of a scene's tiles drawn like this. */
function tilesOf(looks: Looks, word: string): string {
  const asked = drawnAs(looks, word);
  const what = asked.bands
    ? looks.tiles.replace(/look=$/, `bands=${asked.bands.join(",")}`)
    : `${looks.tiles}${asked.name ?? ""}`;
  const usual = asked.stretch === STRETCHES[0] || !stretchable(looks, asked);
  return usual ? what : `${what}&stretch=p${asked.stretch.replace("-", ",")}`;
}

export function shownAs(looks: Looks, look: string, opacity: number, side: Side): Shown {
  return {
    scene: looks.scene,
    tiles: tilesOf(looks, look),
    bounds: looks.bounds,
    minzoom: looks.min_zoom,
    maxzoom: looks.max_zoom,
    opacity,
    side,
  };
}
