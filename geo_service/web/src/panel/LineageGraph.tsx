import { useTranslation } from "react-i18next";
import type { Lineage } from "../api/types";
import { area, integer } from "../format";
import { selectParcel, useView, view } from "../state/view";
import classes from "./Lineage.module.css";
import { layoutLineage, type Placed, withoutSlivers } from "./lineageLayout";

const [WIDTH, HEIGHT, GAP_X, GAP_Y] = [132, 76, 16, 52];
const left = (place: Placed) => place.column * (WIDTH + GAP_X);
const top = (place: Placed) => place.row * (HEIGHT + GAP_Y);

/** Parents above, children below, the shared area on the line between; a click opens that parcel. */
export function LineageGraph({ lineage: whole, current }: { lineage: Lineage; current: number }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const lineage = withoutSlivers(whole, current);
  const placed = new Map(layoutLineage(lineage).map((place) => [place.id, place]));
  const places = [...placed.values()];
  const width = Math.max(...places.map((p) => left(p) + WIDTH));
  const height = Math.max(...places.map((p) => top(p) + HEIGHT));

  return (
    <section className={classes.frame} aria-label={t("lineage.title")} data-testid="lineage">
      <div className={classes.graph} style={{ width, height }}>
        <svg width={width} height={height} className={classes.edges} aria-hidden="true">
          {lineage.edges.map((edge) => {
            const [from, to] = [placed.get(edge.parent), placed.get(edge.child)];
            if (!from || !to) return null;
            const [x1, y1] = [left(from) + WIDTH / 2, top(from) + HEIGHT];
            const [x2, y2] = [left(to) + WIDTH / 2, top(to)];
            const middle = (y1 + y2) / 2;
            return (
              <g key={`${edge.parent}/${edge.child}/${edge.seq}`}>
                <path d={`M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`} />
                <text x={x1 * 0.3 + x2 * 0.7} y={y1 * 0.3 + y2 * 0.7 + 5}>
                  {area(edge.shared_m2, lang)}
                </text>
              </g>
            );
          })}
        </svg>
        {lineage.nodes.map((node) => {
          const place = placed.get(node.id);
          if (!place) return null;
          const open = () => {
            view.set({ at: node.seq_to === null ? null : node.seq_from });
            selectParcel(node.code ?? node.id);
          };
          return (
            <button
              key={node.id}
              type="button"
              className={classes.node}
              data-current={node.id === current}
              data-retired={node.seq_to !== null}
              aria-current={node.id === current}
              style={{ left: left(place), top: top(place), width: WIDTH, height: HEIGHT }}
              onClick={open}
            >
              <b>{node.label || `#${node.id}`}</b>
              <span>{area(node.area_m2, lang)}</span>
              <span className={classes.when}>
                {integer(node.seq_from, lang)} –{" "}
                {node.seq_to === null ? t("lineage.now") : integer(node.seq_to, lang)}
              </span>
            </button>
          );
        })}
      </div>
    </section>
  );
}
