import { Anchor, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Parcel, Side } from "../api/types";
import { length } from "../format";
import { useMap } from "../map/context";
import { selectParcel, useView } from "../state/view";
import classes from "./Sides.module.css";

/** Every side with its length and who lies behind it; the side under the pointer shows on the map. */
export function Sides({ parcel }: { parcel: Parcel }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const controller = useMap();
  const point = (side: Side) => {
    const ring = parcel.rings[side.ring] ?? [];
    const [a, b] = [ring[side.index], ring[(side.index + 1) % ring.length]];
    if (a && b) void controller.draw("side", { type: "LineString", coordinates: [a.lonlat, b.lonlat] });
  };
  const clear = () => void controller.draw("side", null);
  const around = parcel.sides.reduce((sum, side) => sum + side.length_m, 0);

  return (
    <>
      <Text mb="xs">{t("sides.summary", { count: parcel.sides.length, length: length(around, lang) })}</Text>
      <table className={classes.table} data-testid="sides">
        <thead>
          <tr>
            <th scope="col">{t("sides.side")}</th>
            <th scope="col">{t("sides.length")}</th>
            <th scope="col">{t("sides.neighbour")}</th>
          </tr>
        </thead>
        <tbody>
          {parcel.sides.map((side, i) => (
            <tr
              key={`${side.ring}/${side.index}`}
              onMouseEnter={() => point(side)}
              onMouseLeave={clear}
              onFocus={() => point(side)}
              onBlur={clear}
            >
              <td>
                <button type="button" className={classes.side} onClick={() => point(side)}>
                  {i + 1}
                </button>
              </td>
              <td className={classes.number}>{length(side.length_m, lang)}</td>
              <td>
                <Neighbour side={side} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Neighbour({ side }: { side: Side }) {
  const { t } = useTranslation();
  const { neighbour } = side;
  if (!neighbour) return <Text c="dimmed">{t("sides.outside")}</Text>;
  const name = neighbour.kind === "land" ? neighbour.label : t(`kind.${neighbour.kind}`);
  return (
    <Anchor component="button" type="button" ta="left" onClick={() => selectParcel(neighbour.id)}>
      {name || `#${neighbour.id}`}
    </Anchor>
  );
}
