import { Button, Modal, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { FeatureCollection, LineString, Polygon, Position } from "geojson";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Preview } from "../api/types";
import { boundsOf, changedEdges } from "../editing/drawing";
import { area } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Dossier.module.css";
import { boundsOfAll, labelPlace, pathOf, type Project, projection, SIZE } from "./figure";

/** Parcels of one state, to be drawn beside those of another. */
export interface Picture {
  name: "base" | "proposal" | "current" | "then" | "now";
  faces: FeatureCollection<Polygon, { id: number; label: string | null; area_m2: number }>;
  /** sides that are new or no longer there */
  edges?: FeatureCollection;
}

/** The parcels the drawing is about: as they were when it was begun, as they would be, as they are now. */
export function picturesOf(base: Picture["faces"], preview: Preview): Picture[] {
  const about = ({ features }: Preview["created"]) => ({
    type: "FeatureCollection" as const,
    features: features.filter(({ properties }) => properties.role === "subject"),
  });
  const edges = changedEdges(preview);
  return [
    { name: "base", faces: base },
    { name: "proposal", faces: about(preview.created), edges: only(edges, "new") },
    { name: "current", faces: about(preview.retired), edges: only(edges, "old") },
  ];
}

const only = ({ features }: FeatureCollection, status: string): FeatureCollection => ({
  type: "FeatureCollection",
  features: features.filter(({ properties }) => properties?.status === status),
});

/** States side by side in one scale, small; large when asked for. */
export function Compare({ pictures }: { pictures: readonly Picture[] }) {
  const { t } = useTranslation();
  const [large, dialog] = useDisclosure(false);
  const bounds = boundsOfAll(
    pictures.map(({ faces }) => faces),
    boundsOf,
  );
  const project = useMemo(() => bounds && projection(bounds), [bounds]);
  if (!project) return null;
  return (
    <>
      <div className={classes.compare} data-testid="compare">
        {pictures.map((picture) => (
          <Figure key={picture.name} picture={picture} project={project} labels={false} />
        ))}
      </div>
      <Button variant="subtle" leftSection={<Icon name="search" />} onClick={dialog.open}>
        {t("dossier.compare.larger")}
      </Button>
      <Modal
        opened={large}
        onClose={dialog.close}
        title={t("dossier.compare.title")}
        size="90rem"
        closeButtonProps={{ "aria-label": t("close") }}
      >
        <div className={classes.compare} data-large="true">
          {pictures.map((picture) => (
            <Figure key={picture.name} picture={picture} project={project} labels />
          ))}
        </div>
      </Modal>
    </>
  );
}

interface FigureProps {
  picture: Picture;
  project: Project;
  /** words in the picture itself, where it is large enough to read them */
  labels: boolean;
}

function Figure({ picture: { name, faces, edges }, project, labels }: FigureProps) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const title = t(`dossier.compare.${name}`);
  const said = faces.features.map(
    ({ properties: { id, label, area_m2 } }) =>
      `${label || (id < 0 ? t("preview.newParcel", { n: -id }) : `#${id}`)}: ${area(area_m2, lang)}`,
  );
  return (
    <figure className={classes.figure}>
      <figcaption>{title}</figcaption>
      <svg
        viewBox={`0 0 ${SIZE} ${SIZE}`}
        className={classes.picture}
        role="img"
        aria-label={`${title}. ${said.join("; ")}`}
      >
        {faces.features.map(({ geometry, properties }) => (
          <path
            key={properties.id}
            d={pathOf(geometry.coordinates, project, true)}
            className={classes.face}
            data-picture={name}
          />
        ))}
        {edges?.features.map(({ geometry, properties }) => {
          const line = (geometry as LineString).coordinates;
          return (
            <path
              key={line.join("/")}
              d={pathOf([line], project, false)}
              className={classes.edge}
              data-status={String(properties?.status)}
            />
          );
        })}
        {labels &&
          faces.features.map(({ geometry, properties }, i) => (
            <FaceLabel
              key={properties.id}
              rings={geometry.coordinates}
              project={project}
              text={said[i] ?? ""}
            />
          ))}
      </svg>
      {said.map((words) => (
        <Text key={words}>{words}</Text>
      ))}
    </figure>
  );
}

function FaceLabel({ rings, project, text }: { rings: Position[][]; project: Project; text: string }) {
  const [x, y] = labelPlace(rings, project);
  const [name, size] = text.split(": ");
  return (
    <text className={classes.faceLabel} textAnchor="middle">
      <tspan x={x} y={y - 3}>
        {name}
      </tspan>
      <tspan x={x} y={y + 12}>
        {size}
      </tspan>
    </text>
  );
}
