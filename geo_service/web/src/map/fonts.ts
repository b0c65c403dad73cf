import "./fonts.css";
import { FONT } from "./layers";

/** Every subset of the font has a letter here, so that all of them are loaded before the first label. */
const SAMPLE = "Đường Hoàn Kiếm ỄỰ ăơ 0123456789 m²";

/** Loads the fonts of the map; a font that cannot be loaded costs beauty, not the map. */
export async function loadMapFonts(): Promise<void> {
  const wanted = [
    [500, FONT.text[0]],
    [700, FONT.strong[0]],
  ] as const;
  await Promise.allSettled(
    wanted.map(([weight, family]) => document.fonts.load(`${weight} 24px "${family}"`, SAMPLE)),
  );
}
