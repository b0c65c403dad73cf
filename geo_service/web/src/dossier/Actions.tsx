import { Button, Menu, Modal, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Dossier, DossierAction } from "../api/dossierTypes";
import { useReviewed } from "../approvals/reviewed";
import { nameOf } from "../citizen/words";
import { useEditing } from "../editing/context";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { ActForm } from "./ActForm";
import classes from "./Dossier.module.css";
import { actionIcon, inOrder, weightOf } from "./looks";

/** So many are shown as buttons; the others wait in a menu. */
const SHOWN = 3;

interface Props {
  dossier: Dossier;
  onShowMap: () => void;
}

/** What the reader may do now: the way on first. Each asks in a dialog for what it needs. */
export function Actions({ dossier, onShowMap }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { drawFor } = useEditing();
  // with the revision that was looked at: what moves meanwhile must not be acted on unseen
  const [chosen, setChosen] = useState<{ action: DossierAction; revision: number } | null>(null);
  const digest = useDigest(dossier);
  const ordered = inOrder(dossier.actions);
  if (!ordered.length && !chosen) {
    return (
      <Text className={classes.actions} c="dimmed">
        {t(dossier.step.role === "nobody" ? "dossier.closed" : "dossier.nothingToDo")}
      </Text>
    );
  }
  const choose = (one: DossierAction) => {
    // a drawing is handed over from the drawing, and approved after it was looked at
    if (one.kind === "propose_map") void drawFor(dossier.id).catch(() => onShowMap());
    else if (decidesMap(dossier, one) && !digest) onShowMap();
    else setChosen({ action: one, revision: dossier.revision });
  };
  const buttons = ordered.filter(({ kind }) => weightOf(kind) !== "end").slice(0, SHOWN);
  const rest = ordered.filter((one) => !buttons.includes(one));
  return (
    <div className={classes.actions} data-testid="dossier-actions">
      <div className={classes.buttons}>
        {buttons.map((one, index) => (
          <Button
            key={one.code}
            variant={index === 0 && weightOf(one.kind) === "forward" ? "filled" : "light"}
            color={weightOf(one.kind) === "back" ? "orange" : undefined}
            leftSection={<Icon name={actionIcon(one.kind)} />}
            className={index === 0 ? classes.primary : undefined}
            onClick={() => choose(one)}
            data-testid={`act-${one.code}`}
          >
            {one.kind === "propose_map" ? t("dossier.drawing.work") : nameOf(one, lang)}
          </Button>
        ))}
        {rest.length > 0 && (
          <Menu position="bottom-end" shadow="md" width={280}>
            <Menu.Target>
              <Button variant="default" rightSection={<Icon name="menu" />} data-testid="act-more">
                {t("dossier.moreActions", { count: rest.length })}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {rest.map((one) => (
                <Menu.Item
                  key={one.code}
                  color={weightOf(one.kind) === "end" ? "red.8" : undefined}
                  leftSection={<Icon name={actionIcon(one.kind)} />}
                  onClick={() => choose(one)}
                  data-testid={`act-${one.code}`}
                >
                  {nameOf(one, lang)}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
      </div>
      <Modal
        opened={chosen !== null}
        onClose={() => setChosen(null)}
        title={chosen ? nameOf(chosen.action, lang) : ""}
        closeButtonProps={{ "aria-label": t("close") }}
        size={chosen?.action.effect === "rights" ? "xl" : "md"}
        centered
      >
        {chosen && (
          <ActForm
            key={chosen.action.code}
            dossier={dossier}
            action={chosen.action}
            revision={chosen.revision}
            digest={decidesMap(dossier, chosen.action) ? digest : null}
            onDone={() => setChosen(null)}
          />
        )}
      </Modal>
    </div>
  );
}

/** Whether the act commits the drawing that waits. */
const decidesMap = ({ draft }: Dossier, { map }: DossierAction): boolean =>
  map === "required" || (map === "optional" && draft?.status === "submitted");

/** Of the drawing that was looked at; null until it was. */
function useDigest({ draft }: Dossier): string | null {
  const reviewed = useReviewed();
  return draft && reviewed?.draft === draft.id ? reviewed.digest : null;
}
