import { ActionIcon, Badge, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import { useTranslation } from "react-i18next";
import { imageryApi, type Scene } from "../api/imagery";
import { forgetScenes } from "../api/imageryQueries";
import { asProblem } from "../api/client";
import { useSession } from "../api/queries";
import { day } from "../format";
import { useMap } from "../map/context";
import { may } from "../session/may";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Imagery.module.css";
import { imagery, useImagery } from "./view";
import { metresOf, sensorName } from "./words";

/** What the panel covers at the left, for `fly`. */
const PANEL = -380;

export function SceneList({ scenes }: { scenes: readonly Scene[] }) {
  const { t } = useTranslation();
  const [removing, setRemoving] = useState<Scene | null>(null);
  return (
    <>
      <ul className={classes.scenes} aria-label={t("imagery.list")} data-testid="imagery-scenes">
        {scenes.map((scene) => (
          <Row key={scene.id} scene={scene} onRemove={() => setRemoving(scene)} />
        ))}
      </ul>
      {removing && <RemoveDialog scene={removing} onClose={() => setRemoving(null)} />}
    </>
  );
}

function Row({ scene, onRemove }: { scene: Scene; onRemove: () => void }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const controller = useMap();
  const user = useSession().data?.user;
  const on = useImagery((v) => v.scene === scene.id);
  const date = day(scene.datetime);
  const name = sensorName(scene.sensor);
  const facts = [
    t("imagery.resolution", { n: metresOf(scene.gsd, lang) }),
    ...(scene.cloud_cover === null ? [] : [t("imagery.clouds", { n: Math.round(scene.cloud_cover) })]),
  ];
  return (
    <li className={classes.scene} data-on={on} data-testid={`scene-${scene.code}`}>
      <button
        type="button"
        className={classes.pick}
        aria-pressed={on}
        aria-label={t("imagery.show", { date, sensor: name })}
        onClick={() => imagery.set({ scene: on ? null : scene.id })}
      >
        <b>{date}</b> {name}
        <span className={classes.facts}>
          {facts.map((fact, index) => (
            <Fragment key={fact}>
              {index > 0 && " · "}
              <span>{fact}</span>
            </Fragment>
          ))}
        </span>
        <span className={classes.facts}>{t("imagery.licence", { name: scene.licence })}</span>
        {scene.notes.length > 0 && (
          <span className={classes.facts}>{scene.notes.map((note) => note[lang]).join(" · ")}</span>
        )}
        {(scene.simulated || scene.elsewhere || !scene.public) && (
          <span className={classes.marks}>
            {scene.simulated && (
              <Badge color="orange" variant="light">
                {t("imagery.simulated")}
              </Badge>
            )}
            {scene.elsewhere && (
              <Badge color="gray" variant="light">
                {t("imagery.elsewhere")}
              </Badge>
            )}
            {!scene.public && (
              <Badge color="yellow" variant="light">
                {t("imagery.officers")}
              </Badge>
            )}
          </span>
        )}
      </button>
      <div className={classes.tools}>
        <ActionIcon
          variant="subtle"
          size={36}
          onClick={() => controller.fly({ bounds: scene.bounds }, PANEL)}
          aria-label={t("imagery.zoom", { date })}
          data-testid="scene-zoom"
        >
          <Icon name="target" />
        </ActionIcon>
        {may(user, "imagery.manage", "*") && (
          <ActionIcon
            variant="subtle"
            color="red.8"
            size={36}
            onClick={onRemove}
            aria-label={t("imagery.remove", { date })}
            data-testid="scene-remove"
          >
            <Icon name="trash" />
          </ActionIcon>
        )}
      </div>
    </li>
  );
}

function RemoveDialog({ scene, onClose }: { scene: Scene; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => imageryApi.remove(scene.id),
    onSuccess: async () => {
      if (imagery.get().before === scene.id) imagery.set({ before: null });
      await forgetScenes(client);
      onClose();
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={<b>{t("imagery.removeTitle")}</b>}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <Stack>
        <Text>{t("imagery.removeText", { date: day(scene.datetime), title: scene.title })}</Text>
        {remove.error && <ProblemAlert problem={asProblem(remove.error)} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t("imagery.cancel")}
          </Button>
          <Button
            color="red.8"
            loading={remove.isPending}
            onClick={() => remove.mutate()}
            data-testid="scene-remove-confirm"
          >
            {t("imagery.removeYes")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
