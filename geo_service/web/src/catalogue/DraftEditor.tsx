import { ActionIcon, Badge, Button, Group, Menu, Modal, Stack, Tabs, Text, Tooltip } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { catalogue } from "../api/administration";
import { CATALOGUE } from "../api/administrationQueries";
import type { CatalogueEntry, ProcedureVersion } from "../api/administrationTypes";
import { asProblem, slugOfError } from "../api/client";
import { dateTime } from "../format";
import { Icon } from "../ui/icons";
import { Card } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Catalogue.module.css";
import { CheckResult } from "./CheckResult";
import type { Chosen } from "./chosen";
import { type Editor, isDirty } from "./editor";
import { countErrors, indexOf, type Located, type Where } from "./findings";
import { FlowPanel } from "./FlowPanel";
import { GeneralForm } from "./GeneralForm";
import { forgetDraft, forgetEditor, hasUnsaved } from "./kept";
import { PublishDialog } from "./PublishDialog";
import { type ListPart, RowList } from "./RowList";
import { type Draft, useDraft } from "./useDraft";
import { useUnloadWarning } from "./useUnloadWarning";

interface Props {
  id: string;
  editor: Editor;
  entry: CatalogueEntry;
  onPublished: (version: ProcedureVersion) => void;
}

type Section = "general" | "flow" | ListPart | "result";
const SECTIONS: readonly Section[] = ["general", "flow", "documents", "fields", "fees", "result"];
const sectionOf = (where: Where): Section => (where === "steps" || where === "actions" ? "flow" : where);

/** The draft of a procedure: everything in forms and a picture, with undo, a check, and publishing. */
export function DraftEditor({ id, editor, entry, onPublished }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const draft = useDraft(id, editor);
  const { checked, found, old, edit } = draft;
  const [section, setSection] = useState<Section>("flow");
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [open, setOpen] = useState<{ part: ListPart; index: number } | null>(null);
  const [publishing, setPublishing] = useState(false);
  const now = editor.now;
  useUnloadWarning(hasUnsaved(editor));

  const back = (step: () => void) => () => {
    setChosen(null);
    setOpen(null);
    step();
  };
  const check = () => draft.check.mutate(undefined, { onSuccess: () => setSection("result") });
  const publish = () =>
    draft.check.mutate(undefined, {
      onSuccess: ({ publishable }) => (publishable ? setPublishing(true) : setSection("result")),
    });
  useHotkeys(
    [
      ["mod+S", () => draft.save.mutate()],
      ["mod+Z", back(draft.undo)],
      ["mod+Shift+Z", back(draft.redo)],
      ["mod+Y", back(draft.redo)],
    ],
    [],
  );
  const show = (one: Located) => {
    const index = indexOf(one, now);
    const next = sectionOf(one.where);
    setSection(next);
    setChosen(
      index !== null && (one.where === "steps" || one.where === "actions")
        ? { part: one.where, index }
        : null,
    );
    setOpen(index !== null && isList(next) ? { part: next, index } : null);
  };
  return (
    <div className={classes.beside} data-drawer={chosen !== null} data-testid="draft-editor">
      <Toolbar
        id={id}
        editor={editor}
        entry={entry}
        draft={draft}
        onUndo={back(draft.undo)}
        onRedo={back(draft.redo)}
        onCheck={check}
        onPublish={publish}
      />
      <Troubles id={id} draft={draft} code={entry.code} />
      <Tabs
        value={section}
        onChange={(next) => {
          setSection(SECTIONS.find((one) => one === next) ?? "flow");
          setChosen(null);
        }}
        keepMounted={false}
      >
        <Tabs.List mb="md" className={classes.tabs}>
          {SECTIONS.map((one) => (
            <Tabs.Tab
              key={one}
              value={one}
              data-testid={`section-${one}`}
              rightSection={<Errors found={found} section={one} />}
            >
              {t(`administration.section.${one}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="general">
          <GeneralForm definition={now} found={found} onEdit={edit} />
        </Tabs.Panel>
        <Tabs.Panel value="flow">
          <FlowPanel definition={now} found={found} chosen={chosen} onChoose={setChosen} onEdit={edit} />
        </Tabs.Panel>
        {(["documents", "fields", "fees"] as const).map((part) => (
          <Tabs.Panel key={part} value={part}>
            <RowList
              part={part}
              definition={now}
              found={found}
              open={open?.part === part ? open.index : null}
              onOpen={(index) => setOpen(index === null ? null : { part, index })}
              onEdit={edit}
            />
          </Tabs.Panel>
        ))}
        <Tabs.Panel value="result">
          {checked ? (
            <CheckResult
              definition={now}
              checked={checked}
              found={found}
              old={old}
              checking={draft.check.isPending}
              onCheck={check}
              onShow={show}
            />
          ) : (
            <Card>
              <Stack align="flex-start">
                <Text>{t("administration.notChecked")}</Text>
                <Button leftSection={<Icon name="check" />} loading={draft.check.isPending} onClick={check}>
                  {t("administration.check")}
                </Button>
              </Stack>
            </Card>
          )}
        </Tabs.Panel>
      </Tabs>
      <PublishDialog
        entry={entry}
        opened={publishing}
        onClose={() => setPublishing(false)}
        onPublished={(version) => {
          setPublishing(false);
          forgetDraft(client, id, entry.code);
          onPublished(version);
        }}
      />
    </div>
  );
}

const isList = (section: Section): section is ListPart =>
  section === "documents" || section === "fields" || section === "fees";

/** How many errors a part of the draft has. */
function Errors({ found, section }: { found: readonly Located[]; section: Section }) {
  const { t } = useTranslation();
  const count = countErrors(
    section === "result" ? found : found.filter(({ where }) => sectionOf(where) === section),
  );
  if (!count) return null;
  return (
    <Badge color="red.8" circle size="lg" aria-label={t("administration.errors", { count })}>
      {count}
    </Badge>
  );
}

interface BarProps {
  id: string;
  editor: Editor;
  entry: CatalogueEntry;
  draft: Draft;
  onUndo: () => void;
  onRedo: () => void;
  onCheck: () => void;
  onPublish: () => void;
}

function Toolbar({ id, editor, entry, draft, onUndo, onRedo, onCheck, onPublish }: BarProps) {
  const { t } = useTranslation();
  const dirty = isDirty(editor);
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const discard = useMutation({
    mutationFn: async () => {
      if (editor.seen !== null) await catalogue.discard(entry.code);
    },
    onSuccess: async () => {
      forgetDraft(client, id, entry.code);
      await client.invalidateQueries({ queryKey: CATALOGUE });
    },
  });
  const busy = draft.save.isPending || draft.check.isPending;
  return (
    <div className={classes.top} role="toolbar" aria-label={t("administration.toolbar")}>
      <Tooltip label={`${t("edit.undo")} (Ctrl+Z)`}>
        <ActionIcon
          variant="default"
          size="lg"
          disabled={!editor.past.length}
          onClick={onUndo}
          aria-label={t("edit.undo")}
          data-testid="undo"
        >
          <Icon name="undo" />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={`${t("edit.redo")} (Ctrl+Shift+Z)`}>
        <ActionIcon
          variant="default"
          size="lg"
          disabled={!editor.future.length}
          onClick={onRedo}
          aria-label={t("edit.redo")}
          data-testid="redo"
        >
          <Icon name="redo" />
        </ActionIcon>
      </Tooltip>
      <span className={classes.state} data-dirty={dirty} role="status" data-testid="draft-state">
        <Icon name={dirty ? "pencil" : "check"} size={18} />
        {dirty
          ? t(editor.saved === null ? "administration.neverSaved" : "administration.unsaved")
          : t("administration.savedAt", { at: dateTime(editor.seen ?? "") })}
      </span>
      <Button
        variant="default"
        loading={draft.save.isPending}
        disabled={!dirty || busy}
        onClick={() => draft.save.mutate()}
        data-testid="save-draft"
      >
        {t("administration.save")}
      </Button>
      <Button
        variant="light"
        leftSection={<Icon name="check" />}
        loading={draft.check.isPending}
        disabled={busy}
        onClick={onCheck}
        data-testid="check-draft"
      >
        {t("administration.check")}
      </Button>
      <Button disabled={busy} onClick={onPublish} data-testid="publish-draft">
        {t("administration.publish")}
      </Button>
      <Menu position="bottom-end" withArrow>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={t("administration.moreActions")}
            data-testid="draft-more"
          >
            <Icon name="menu" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            color="red.9"
            leftSection={<Icon name="trash" />}
            onClick={() => setAsking(true)}
            data-testid="discard-draft"
          >
            {t("administration.discard")}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title={<b>{t("administration.discard")}</b>}
        closeButtonProps={{ "aria-label": t("close") }}
      >
        <Stack>
          <Text>{t("administration.discardWhat")}</Text>
          {discard.error && <ProblemAlert problem={asProblem(discard.error)} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
              {t("edit.cancel")}
            </Button>
            <Button
              color="red"
              loading={discard.isPending}
              onClick={() => discard.mutate()}
              data-testid="discard-confirm"
            >
              {t("administration.discard")}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </div>
  );
}

/** Why it could not be saved or checked; where somebody else was quicker, the way out. */
function Troubles({ id, draft, code }: { id: string; draft: Draft; code: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const error = draft.save.error ?? draft.check.error;
  if (!error) return null;
  return (
    <ProblemAlert problem={asProblem(error)}>
      {slugOfError(error) === "draft-edited" && (
        <Button
          mt="xs"
          variant="default"
          onClick={() => {
            forgetEditor(client, id, code);
          }}
        >
          {t("administration.takeTheirs")}
        </Button>
      )}
    </ProblemAlert>
  );
}
