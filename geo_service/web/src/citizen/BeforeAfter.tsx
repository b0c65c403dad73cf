import { useTranslation } from "react-i18next";
import { useDossierMap } from "../api/dossierQueries";
import classes from "./Citizen.module.css";
import { type Frame, type Outline, outlines } from "./outlines";

/** The land as it was when the dossier was filed, and as it is today. */
export function BeforeAfter({ id }: { id: string }) {
  const { t } = useTranslation();
  const { data } = useDossierMap(id);
  if (!data?.then.features.length) return null;
  const { frame, sets } = outlines([data.then, data.now]);
  return (
    <div className={classes.beforeAfter} data-testid="before-after">
      <Drawing title={t("citizen.parcels.before")} frame={frame} faces={sets[0] ?? []} />
      <Drawing title={t("citizen.parcels.after")} frame={frame} faces={sets[1] ?? []} />
    </div>
  );
}

function Drawing({ title, frame, faces }: { title: string; frame: Frame; faces: readonly Outline[] }) {
  return (
    <figure>
      <svg
        viewBox={`0 0 ${frame.width} ${frame.height}`}
        role="img"
        aria-label={`${title}: ${faces.map(({ label }) => label).join(", ")}`}
      >
        {faces.map(({ id, label, path, x, y }) => (
          <g key={id}>
            <path d={path} />
            <text x={x} y={y}>
              {label}
            </text>
          </g>
        ))}
      </svg>
      <figcaption>{title}</figcaption>
    </figure>
  );
}
