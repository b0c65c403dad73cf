import { Alert, Button, Drawer, Group, Stack } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import type { Definition } from "../api/administrationTypes";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Catalogue.module.css";
import type { Chosen } from "./chosen";
import { added, freeCode, isMadeUp, moved, newAction, ofKind, patched, removed } from "./definition";
import { ACTION, STEP } from "./fields";
import { type Located, ofRow } from "./findings";
import { RowForm } from "./RowForm";
import { nameOf } from "./words";

interface Props {
  definition: Definition;
  found: readonly Located[];
  chosen: Chosen | null;
  /** none: it can only be looked at */
  onEdit: ((now: Definition, about?: string) => void) | null;
  onChoose: (chosen: Chosen | null) => void;
}

/** The form of the step or action that was tapped, beside the picture; on a phone it takes the screen. */
export function FlowDrawer(props: Props) {
  const { definition, chosen, onChoose } = props;
  const { t } = useTranslation();
  const phone = useMediaQuery("(max-width: 48em)");
  const here = chosen && definition[chosen.part][chosen.index] ? chosen : null;
  return (
    <Drawer
      opened={here !== null}
      onClose={() => onChoose(null)}
      position="right"
      size={phone ? "100%" : "30rem"}
      withOverlay={false}
      lockScroll={false}
      closeOnClickOutside={false}
      shadow="xl"
      title={<b>{t(here?.part === "actions" ? "administration.actionTitle" : "administration.stepTitle")}</b>}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <div data-testid="flow-drawer">
        {here?.part === "steps" && <StepFields {...props} index={here.index} />}
        {here?.part === "actions" && <ActionFields {...props} index={here.index} />}
      </div>
    </Drawer>
  );
}

function Findings({ found }: { found: readonly Located[] }) {
  const lang = useView((v) => v.lang);
  const own = found.filter(({ field }) => field === "");
  if (!own.length) return null;
  const wrong = own.some(({ severity }) => severity === "error");
  return (
    <Alert color={wrong ? "red" : "yellow"} icon={<Icon name="warning" />} data-testid="element-findings">
      {own.map((one) => (
        <div key={one.code + one.path}>{lang === "vi" ? one.vi : one.en}</div>
      ))}
    </Alert>
  );
}

function StepFields({ definition, found, index, onEdit, onChoose }: Props & { index: number }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const step = definition.steps[index];
  if (!step) return null;
  const said = ofRow(found, definition, "steps", index);
  const leaving = definition.actions.flatMap((action, i) =>
    action.from === step.code ? [{ action, i }] : [],
  );
  const taken = definition.steps.filter((_, i) => i !== index).map(({ code }) => code);
  return (
    <Stack>
      <Findings found={said} />
      <fieldset disabled={!onEdit} className={classes.plain}>
        <RowForm
          key={index}
          row={step}
          asked={STEP}
          found={said}
          id="step"
          onChange={(change, member) => {
            const extra = member === "clock" && change.clock !== "paused" ? { reason: null } : {};
            onEdit?.(
              patched(definition, "steps", index, { ...change, ...extra }),
              `steps.${index}.${member}`,
            );
          }}
          onNamed={() => {
            if (isMadeUp(step.code) && step.name_vi)
              onEdit?.(patched(definition, "steps", index, { code: freeCode(step.name_vi, taken, "step") }));
          }}
        />
      </fieldset>
      <div>
        <b>{t("administration.leaving")}</b>
        {leaving.map(({ action, i }) => (
          <Button
            key={i}
            variant="subtle"
            fullWidth
            justify="flex-start"
            leftSection={<Icon name="right" />}
            onClick={() => onChoose({ part: "actions", index: i })}
          >
            {nameOf(action, lang) || t("administration.nameless")}
          </Button>
        ))}
        {!leaving.length && <div>{t("administration.noActions")}</div>}
      </div>
      {onEdit && (
        <Group gap="xs">
          <Button
            variant="light"
            leftSection={<Icon name="plus" />}
            onClick={() => {
              const next = added(definition, "actions", newAction(definition, step));
              onEdit(next);
              onChoose({ part: "actions", index: next.actions.length - 1 });
            }}
            data-testid="add-action"
          >
            {t("administration.addAction")}
          </Button>
          <MoveButtons
            definition={definition}
            part="steps"
            index={index}
            onEdit={onEdit}
            onChoose={onChoose}
          />
          <RemoveButton
            definition={definition}
            part="steps"
            index={index}
            onEdit={onEdit}
            onChoose={onChoose}
          />
        </Group>
      )}
    </Stack>
  );
}

function ActionFields({ definition, found, index, onEdit, onChoose }: Props & { index: number }) {
  const { t } = useTranslation();
  const action = definition.actions[index];
  if (!action) return null;
  const said = ofRow(found, definition, "actions", index);
  const from = definition.steps.findIndex(({ code }) => code === action.from);
  const taken = definition.actions
    .filter((one, i) => i !== index && one.from === action.from)
    .map(({ code }) => code);
  return (
    <Stack>
      <Findings found={said} />
      <fieldset disabled={!onEdit} className={classes.plain}>
        <RowForm
          key={index}
          row={action}
          asked={ACTION}
          found={said}
          steps={definition.steps}
          id="action"
          onChange={(change, member) => {
            const whole =
              member === "kind" && change.kind !== undefined ? ofKind(action, change.kind) : change;
            onEdit?.(patched(definition, "actions", index, whole), `actions.${index}.${member}`);
          }}
          onNamed={() => {
            if (isMadeUp(action.code) && action.name_vi)
              onEdit?.(
                patched(definition, "actions", index, { code: freeCode(action.name_vi, taken, "act") }),
              );
          }}
        />
      </fieldset>
      <Group gap="xs">
        {from >= 0 && (
          <Button
            variant="default"
            leftSection={<Icon name="left" />}
            onClick={() => onChoose({ part: "steps", index: from })}
          >
            {t("administration.toStep")}
          </Button>
        )}
        {onEdit && (
          <RemoveButton
            definition={definition}
            part="actions"
            index={index}
            onEdit={onEdit}
            onChoose={onChoose}
          />
        )}
      </Group>
    </Stack>
  );
}

interface ButtonProps {
  definition: Definition;
  part: Chosen["part"];
  index: number;
  onEdit: (now: Definition) => void;
  onChoose: (chosen: Chosen | null) => void;
}

/** The order of steps: the first one is where a dossier begins. */
function MoveButtons({ definition, part, index, onEdit, onChoose }: ButtonProps) {
  const { t } = useTranslation();
  const go = (by: 1 | -1) => {
    onEdit(moved(definition, part, index, by));
    onChoose({ part, index: index + by });
  };
  return (
    <>
      <Button variant="default" disabled={index === 0} onClick={() => go(-1)}>
        {t("administration.earlier")}
      </Button>
      <Button variant="default" disabled={index === definition[part].length - 1} onClick={() => go(1)}>
        {t("administration.later")}
      </Button>
    </>
  );
}

function RemoveButton({ definition, part, index, onEdit, onChoose }: ButtonProps) {
  const { t } = useTranslation();
  return (
    <Button
      variant="light"
      color="red"
      leftSection={<Icon name="trash" />}
      onClick={() => {
        onChoose(null);
        onEdit(removed(definition, part, index));
      }}
      data-testid="remove-element"
    >
      {t(part === "steps" ? "administration.removeStep" : "administration.removeAction")}
    </Button>
  );
}
