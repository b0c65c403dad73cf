import { Alert, Button, NativeSelect, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { slugOfError } from "../api/client";
import { forgetDossier } from "../api/dossierQueries";
import { dossiers } from "../api/dossiers";
import type { ActInput, Dossier, DossierAction, StandingBlock } from "../api/dossierTypes";
import { nameOf } from "../citizen/words";
import { blockKind } from "../rights/names";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { actionIcon, weightOf } from "./looks";
import classes from "./Dossier.module.css";
import { Refusal } from "./Refusal";
import { type Entered, RegisterFields } from "./RegisterFields";

interface Props {
  dossier: Dossier;
  action: DossierAction;
  /** of the dossier when the step was chosen */
  revision: number;
  /** of the drawing that was looked at, where the act commits it */
  digest: string | null;
  onDone: () => void;
}

const BLOCKS = ["dispute", "seizure", "injunction", "mortgage"] as const;
const MOVED = ["dossier-moved", "out-of-step"];
/** The closing time of offices, for a day that was promised. */
const CLOSING = "T17:00:00+07:00";

/** What one step needs before it is done. */
export function ActForm({ dossier, action, revision, digest, onDone }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  const [note, setNote] = useState("");
  const [promised, setPromised] = useState("");
  const [entry, setEntry] = useState<Entry>({ kind: "dispute", lifts: "", reason: "", source: "" });
  const [entered, setEntered] = useState<Entered>(null);
  const act = useMutation({
    mutationFn: () => dossiers.act(dossier.id, action.code, input()),
    onSuccess: onDone,
    onSettled: () => {
      forgetDossier(client, dossier.id);
      // what was reviewed may be old by now
      void client.invalidateQueries({ queryKey: ["private", "review"] });
    },
  });
  const apology = action.kind === "apologise";
  const effect = action.effect === "block" || action.effect === "lift" ? action.effect : null;
  // where a drawing is committed, rights follow it
  const registers = action.effect === "rights" && !digest;
  const lifted = dossier.blocks.find(({ id }) => String(id) === entry.lifts);
  const liftsNothing = effect === "lift" && !lifted;
  const stays = liftsNothing || (registers && entered !== null && "register_stays" in entered);
  const input = (): ActInput => ({
    revision,
    ...(note.trim() ? { note: note.trim() } : {}),
    ...(apology && promised ? { promised_at: promised + CLOSING } : {}),
    ...(digest ? { digest } : {}),
    ...(effect === "block" && entry.reason.trim()
      ? { block: { kind: entry.kind, reason: entry.reason.trim(), source: entry.source.trim() } }
      : {}),
    ...(registers && entered),
    ...(liftsNothing ? { register_stays: true } : {}),
    ...(effect === "lift" && lifted
      ? { lift: [lifted.id, { reason: entry.reason.trim(), source: entry.source.trim() }] }
      : {}),
  });
  const complete =
    (!(action.note || stays) || note.trim() !== "") &&
    (!registers || entered !== null) &&
    (!apology || promised !== "") &&
    (effect !== "block" || (entry.reason.trim() !== "" && entry.source.trim() !== "")) &&
    (!lifted || (entry.reason.trim() !== "" && entry.source.trim() !== ""));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    act.mutate();
  };
  const overtaken = dossier.revision !== revision && !act.isPending && !act.error;
  const moved = overtaken || MOVED.includes(slugOfError(act.error) ?? "");
  return (
    <form onSubmit={submit}>
      <Stack>
        {digest && (
          <Alert color="green" icon={<Icon name="check" />}>
            {t("dossier.drawing.asReviewed")}
          </Alert>
        )}
        {apology && (
          <TextInput
            type="date"
            label={t("dossier.promisedDay")}
            value={promised}
            onChange={(event) => setPromised(event.currentTarget.value)}
            required
            data-autofocus
            data-testid="act-promised"
          />
        )}
        {registers && <RegisterFields dossier={dossier} onEntered={setEntered} />}
        {effect && <EntryFields effect={effect} blocks={dossier.blocks} entry={entry} onEntry={setEntry} />}
        <Textarea
          label={t(action.note || stays ? "dossier.note" : "dossier.noteOptional")}
          description={action.note ? t("dossier.noteRead") : undefined}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && complete && !moved) act.mutate();
          }}
          autosize
          minRows={2}
          required={action.note || stays}
          data-autofocus={!apology || undefined}
          data-testid="act-note"
        />
        {act.error && <Refusal error={act.error} dossier={dossier} />}
        {overtaken && (
          <Alert color="orange" icon={<Icon name="warning" />} title={t("dossier.overtaken")} role="alert">
            <Text data-testid="what-next">{t("dossier.next.dossier-moved")}</Text>
          </Alert>
        )}
        <div className={classes.dialogActions}>
          <Button variant="default" onClick={onDone}>
            {t(moved ? "dossier.lookAgain" : "edit.cancel")}
          </Button>
          {!moved && (
            <Button
              type="submit"
              color={weightOf(action.kind) === "end" ? "red" : undefined}
              leftSection={<Icon name={actionIcon(action.kind)} />}
              loading={act.isPending}
              disabled={!complete}
              data-testid="act-confirm"
            >
              {nameOf(action, lang)}
            </Button>
          )}
        </div>
        <Text c="dimmed">{t("dossier.ctrlEnter")}</Text>
      </Stack>
    </form>
  );
}

interface Entry {
  kind: string;
  /** id of the block that is lifted */
  lifts: string;
  reason: string;
  source: string;
}

interface EntryProps {
  effect: "block" | "lift";
  blocks: readonly StandingBlock[];
  entry: Entry;
  onEntry: (entry: Entry) => void;
}

/** The block that the step puts on the parcels of the dossier, or the one it lifts. */
function EntryFields({ effect, blocks, entry, onEntry }: EntryProps) {
  const { t } = useTranslation();
  if (effect === "lift" && !blocks.length) return null;
  return (
    <>
      {effect === "block" ? (
        <NativeSelect
          label={t("block.kindLabel")}
          value={entry.kind}
          onChange={(event) => onEntry({ ...entry, kind: event.currentTarget.value })}
          data={BLOCKS.map((kind) => ({ value: kind, label: blockKind(kind, t) }))}
        />
      ) : (
        <NativeSelect
          label={t("dossier.lifts")}
          value={entry.lifts}
          onChange={(event) => onEntry({ ...entry, lifts: event.currentTarget.value })}
          data={[
            { value: "", label: t("dossier.liftsNone") },
            ...blocks.map(({ id, kind, parcel, reason }) => ({
              value: String(id),
              label: `${blockKind(kind, t)} · ${t("block.onParcel", { parcel })}${reason ? ` · ${reason}` : ""}`,
            })),
          ]}
        />
      )}
      {(effect === "block" || entry.lifts !== "") && (
        <>
          <TextInput
            label={t(effect === "block" ? "block.reason" : "block.liftReason")}
            value={entry.reason}
            onChange={(event) => onEntry({ ...entry, reason: event.currentTarget.value })}
            required
          />
          <TextInput
            label={t("block.source")}
            placeholder={t("block.sourceExample")}
            value={entry.source}
            onChange={(event) => onEntry({ ...entry, source: event.currentTarget.value })}
            required
          />
        </>
      )}
    </>
  );
}
