/** What is shown from above as a text for the address of the page. */
import { readLook, writeLook } from "./look";

/** one picture; two dates beside each other; all dates one after the other */
export type Mode = "single" | "swipe" | "lapse";
export const MODES: readonly Mode[] = ["single", "swipe", "lapse"];

export interface ImageryView {
  /** the panel */
  open: boolean;
  mode: Mode;
  /** id of the scene that is shown; in a comparison the later one, right of the handle */
  scene: string | null;
  /** id of the earlier one, left of the handle */
  before: string | null;
  /** as look.ts writes it */
  look: string;
  /** 0 to 1 */
  opacity: number;
  /** where the handle is: the share of the map left of it */
  at: number;
}

export const START: ImageryView = {
  open: false,
  mode: "single",
  scene: null,
  before: null,
  look: "natural",
  opacity: 1,
  at: 0.5,
};

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `<scene>,<look>,<opacity in %>` and, for two dates, `,<scene before>,<handle in %>`; for a time lapse `,lapse`. */
export function writeImagery({ mode, scene, before, look, opacity, at }: ImageryView): string | null {
  if (!scene) return null;
  const parts = [scene, look, String(Math.round(opacity * 100))];
  if (mode === "swipe" && before) parts.push(before, String(Math.round(at * 100)));
  if (mode === "lapse") parts.push("lapse");
  return parts.join(",");
}

function percent(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,3}$/.test(text) && Number(text) <= 100 ? Number(text) / 100 : null;
}

/** What such a text asks for; without a scene that could be one, nothing. */
export function readImagery(text: string | null): Omit<ImageryView, "open"> {
  const [scene = "", look = "", opacity, more, at] = (text ?? "").split(",");
  if (!ID.test(scene)) return START;
  const shown = {
    ...START,
    scene,
    look: writeLook(readLook(look)),
    opacity: percent(opacity) ?? START.opacity,
  };
  if (more === "lapse") return { ...shown, mode: "lapse" };
  if (more !== undefined && ID.test(more)) {
    return { ...shown, mode: "swipe", before: more, at: percent(at) ?? START.at };
  }
  return shown;
}
