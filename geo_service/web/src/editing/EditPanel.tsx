import { ActionIcon, Button, Group, Loader, ScrollArea, Stack, Text, Tooltip } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { PanelHead } from "../ui/PanelHead";
import { ProblemAlert } from "../ui/ProblemAlert";
import { ConflictPanel } from "./ConflictPanel";
import { useEditing } from "./context";
import { DonePanel } from "./DonePanel";
import classes from "./Edit.module.css";
import { IntentList } from "./IntentList";
import { isWaiting } from "./machine";
import { OpenDrafts } from "./OpenDrafts";
import { PreviewPanel } from "./PreviewPanel";
import { Reasons } from "./Reasons";
import { RefusalPanel } from "./RefusalPanel";
import { SketchPanel } from "./SketchPanel";
import { SubmittedPanel } from "./SubmittedPanel";
import { ToolList } from "./ToolList";

/** The officer's workbench: tools, the sketch in hand, what the service says about it. */
export function EditPanel() {
  const { t } = useTranslation();
  const { state, allowed, open, setOpen, dispatch, discard, check, dossier } = useEditing();
  const past = useView((v) => v.at !== null);
  const undo = () => dispatch({ type: "undo" });
  const redo = () => dispatch({ type: "redo" });
  useHotkeys(
    open
      ? [
          ["mod+Z", undo],
          ["mod+Y", redo],
          ["mod+shift+Z", redo],
        ]
      : [],
  );
  if (!open) return null;
  const { phase, problem, intents } = state;

  return (
    <section
      className={classes.panel}
      aria-label={t("edit.title")}
      data-testid="edit-panel"
      data-phase={phase}
    >
      <PanelHead
        title={t(dossier ? "edit.forDossier" : "edit.title")}
        tools={
          <Group gap={2} wrap="nowrap">
            <Step
              name="undo"
              label={t("edit.undo")}
              onClick={undo}
              disabled={!state.past.length || isWaiting(state)}
            />
            <Step
              name="redo"
              label={t("edit.redo")}
              onClick={redo}
              disabled={!state.future.length || isWaiting(state)}
            />
            <Step
              name="close"
              label={t(dossier ? "edit.backToDossier" : "close")}
              onClick={() => setOpen(false)}
              disabled={isWaiting(state)}
            />
          </Group>
        }
      />
      <ScrollArea.Autosize className={classes.body} type="auto">
        <Stack p="md" pt={0} gap="md">
          {!allowed && <Text c="orange.9">{t(past ? "edit.notInPast" : "edit.signInFirst")}</Text>}
          {(phase === "idle" || phase === "done") && <OpenDrafts />}
          <IntentList intents={intents} />
          {phase === "sketch" && state.sketch && (
            <SketchPanel key={state.sketch.tool} sketch={state.sketch} />
          )}
          {phase === "checking" && (
            <Group role="status">
              <Loader size="sm" />
              <Text>{t("edit.checking")}</Text>
            </Group>
          )}
          {phase === "refused" && problem && <RefusalPanel problem={problem} />}
          {phase === "conflict" && problem && (
            <ConflictPanel problem={problem} onRebase={() => check(true)} />
          )}
          {(phase === "preview" || phase === "committing") && state.preview && (
            <PreviewPanel preview={state.preview} waiting={phase === "committing"} />
          )}
          {problem && (phase === "sketch" || phase === "preview" || phase === "idle") && (
            <ProblemAlert problem={problem}>
              <Reasons problem={problem} />
              {intents.length > 0 && phase === "sketch" && (
                <Button mt="xs" variant="light" onClick={() => check()}>
                  {t("edit.tryAgain")}
                </Button>
              )}
            </ProblemAlert>
          )}
          {phase === "done" && state.result && <DonePanel result={state.result} />}
          {phase === "done" && state.submitted && <SubmittedPanel draft={state.submitted} />}
          {(phase === "idle" ||
            phase === "preview" ||
            phase === "done" ||
            (phase === "sketch" && !state.sketch)) && <ToolList />}
          {(intents.length > 0 || state.draft) && !isWaiting(state) && phase !== "done" && (
            <Button
              variant="subtle"
              color="red"
              leftSection={<Icon name="trash" />}
              onClick={discard}
              data-testid="discard-draft"
            >
              {t("edit.discard")}
            </Button>
          )}
        </Stack>
      </ScrollArea.Autosize>
    </section>
  );
}

interface StepProps {
  name: "undo" | "redo" | "close";
  label: string;
  onClick: () => void;
  disabled: boolean;
}

function Step({ name, label, onClick, disabled }: StepProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        onClick={onClick}
        disabled={disabled}
        aria-label={label}
        data-testid={`edit-${name}`}
      >
        <Icon name={name} />
      </ActionIcon>
    </Tooltip>
  );
}
