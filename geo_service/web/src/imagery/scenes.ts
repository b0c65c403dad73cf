/** Scenes in the order of time, and which of them belong together. */
import type { Scene } from "../api/imagery";
import type { Bounds } from "../api/types";
import { overlap } from "../map/tiles";

export const byDate = (scenes: readonly Scene[]): Scene[] =>
  [...scenes].sort((a, b) => a.datetime.localeCompare(b.datetime) || a.id.localeCompare(b.id));

/** Scenes of one sensor that lie where the person looks, oldest first: a time lapse of like with like. */
export function framesOf(scenes: readonly Scene[], seen: Bounds, sensor: string | null): Scene[] {
  return byDate(scenes.filter((s) => overlap(s.bounds, seen) && (sensor === null || s.sensor === sensor)));
}

/** The scene to compare with: the latest earlier one over the same ground, of the same sensor if there is one. */
export function earlierThan(scene: Scene, scenes: readonly Scene[]): Scene | null {
  const earlier = byDate(scenes).filter(
    (s) => s.datetime < scene.datetime && overlap(s.bounds, scene.bounds),
  );
  return earlier.filter((s) => s.sensor === scene.sensor).at(-1) ?? earlier.at(-1) ?? null;
}

/** Those a detection can be done with: over the same ground as `scene`, other than it. */
export const comparable = (scene: Scene, scenes: readonly Scene[]): Scene[] =>
  byDate(scenes.filter((s) => s.id !== scene.id && overlap(s.bounds, scene.bounds)));

export function sensorsOf(scenes: readonly Scene[]): string[] {
  return [...new Set(scenes.map(({ sensor }) => sensor))].sort();
}
