import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { type SubmitEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { degrees, length, metres, parseNumber } from "../format";
import { useView } from "../state/view";
import { useEditing } from "./context";
import { parseVn2000 } from "./coordinates";
import { fitFrame, measure, planeOf, polar, typed } from "./frame";
import type { Sketch } from "./sketch";

/** A point from the surveyor's sheet: VN-2000 coordinates, or a length (and bearing) from the last point. */
export function TypedPoint({ sketch }: { sketch: Sketch }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { faces, advance, pointer } = useEditing();
  const frame = useMemo(() => fitFrame(faces), [faces]);
  const [place, setPlace] = useState("");
  const [far, setFar] = useState("");
  const [bearing, setBearing] = useState("");
  const points =
    sketch.tool === "move_boundary" ? [sketch.points[0], ...sketch.points.slice(2)] : sketch.points;
  const last = points.at(-1);
  const before = points.at(-2);
  const base = last && frame ? planeOf(last.point, last.lonlat, frame) : null;
  const side = base && before && frame ? measure(planeOf(before.point, before.lonlat, frame), base) : null;

  const addPlace = (event: SubmitEvent) => {
    event.preventDefault();
    const mm = parseVn2000(place);
    if (!mm || !frame) return;
    advance({ ...sketch, points: [...sketch.points, typed(mm, frame)] });
    setPlace("");
  };
  const addLength = (event: SubmitEvent) => {
    event.preventDefault();
    const distance = parseNumber(far);
    if (!base || !frame || !(distance > 0)) return;
    const towards = bearing.trim()
      ? parseNumber(bearing)
      : pointer.current && measure(base, frame.toMm(pointer.current)).bearing;
    if (towards === null || !Number.isFinite(towards)) return;
    advance({ ...sketch, points: [...sketch.points, polar(base, distance, towards, frame)] });
    setFar("");
  };

  return (
    <Stack gap="xs">
      {base && (
        <Text>
          {t("typed.last", { x: metres(base[1] / 1000, lang), y: metres(base[0] / 1000, lang) })}
          {side && ` · ${length(side.length, lang)} · ${degrees(side.bearing, lang)}`}
        </Text>
      )}
      <form onSubmit={addPlace}>
        <TextInput
          label={t("typed.coordinates")}
          placeholder={t("typed.coordinatesExample")}
          value={place}
          onChange={(event) => setPlace(event.currentTarget.value)}
          error={place && !parseVn2000(place) ? t("typed.badCoordinates") : null}
          disabled={!frame}
          inputMode="text"
          data-testid="typed-coordinates"
        />
      </form>
      {base && (
        <form onSubmit={addLength}>
          <Group gap="xs" align="end" wrap="nowrap">
            <TextInput
              label={t("typed.length")}
              value={far}
              onChange={(event) => setFar(event.currentTarget.value)}
              error={Boolean(far) && !(parseNumber(far) > 0)}
              inputMode="decimal"
              data-testid="typed-length"
            />
            <TextInput
              label={t("typed.bearing")}
              placeholder={t("typed.bearingPointer")}
              value={bearing}
              onChange={(event) => setBearing(event.currentTarget.value)}
              inputMode="decimal"
              data-testid="typed-bearing"
            />
            <Button type="submit" variant="light" px="sm" flex="none">
              {t("typed.add")}
            </Button>
          </Group>
        </form>
      )}
    </Stack>
  );
}
