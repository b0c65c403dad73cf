import { Button, Group, NativeSelect, TextInput, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { register } from "../api/people";
import { endOf } from "../format";
import { ProblemAlert } from "../ui/ProblemAlert";
import { blockKind } from "./names";
import classes from "./Rights.module.css";

const KINDS = ["mortgage", "seizure", "dispute", "injunction"];

/** Puts a block on a parcel: its edits are refused from then on, with this reason. */
export function PutForm({ parcel, onDone }: { parcel: number; onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [kind, setKind] = useState("mortgage");
  const [reason, setReason] = useState("");
  const [source, setSource] = useState("");
  const [from, setFrom] = useState("");
  const [until, setUntil] = useState("");
  const put = useMutation({
    mutationFn: () =>
      register.block(parcel, {
        kind,
        reason: reason.trim(),
        source: source.trim(),
        from: from || undefined,
        until: until ? endOf(until) : undefined,
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["private", "rights"] });
      onDone();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    put.mutate();
  };
  return (
    <form onSubmit={submit} className={classes.form} data-testid="block-form">
      <NativeSelect
        label={t("block.kindLabel")}
        value={kind}
        onChange={(event) => setKind(event.currentTarget.value)}
        data={KINDS.map((value) => ({ value, label: blockKind(value, t) }))}
        data-testid="block-kind"
      />
      <Textarea
        label={t("block.reason")}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        autosize
        minRows={2}
        required
        data-testid="block-reason"
      />
      <TextInput
        label={t("block.source")}
        placeholder={t("block.sourceExample")}
        value={source}
        onChange={(event) => setSource(event.currentTarget.value)}
        required
        data-testid="block-source"
      />
      <div className={classes.dates}>
        <TextInput
          type="date"
          label={t("admin.fromDay")}
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label={t("admin.untilDay")}
          min={from}
          value={until}
          onChange={(event) => setUntil(event.currentTarget.value)}
        />
      </div>
      {put.error && <ProblemAlert problem={asProblem(put.error)} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          {t("edit.cancel")}
        </Button>
        <Button
          type="submit"
          color="red"
          loading={put.isPending}
          disabled={!reason.trim() || !source.trim()}
          data-testid="block-save"
        >
          {t("block.put")}
        </Button>
      </Group>
    </form>
  );
}

interface LiftProps {
  parcel: number;
  block: number;
  onDone: () => void;
}

/** Lifts a block; it stays in the history with both reasons. */
export function LiftForm({ parcel, block, onDone }: LiftProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [source, setSource] = useState("");
  const lift = useMutation({
    mutationFn: () => register.lift(block, reason.trim(), source.trim()),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["private", "rights", parcel] });
      onDone();
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    lift.mutate();
  };
  return (
    <form onSubmit={submit} className={classes.form} data-testid="lift-form">
      <TextInput
        label={t("block.liftReason")}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        required
        data-testid="lift-reason"
      />
      <TextInput
        label={t("block.source")}
        placeholder={t("block.sourceExample")}
        value={source}
        onChange={(event) => setSource(event.currentTarget.value)}
        required
        data-testid="lift-source"
      />
      {lift.error && <ProblemAlert problem={asProblem(lift.error)} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onDone}>
          {t("edit.cancel")}
        </Button>
        <Button
          type="submit"
          loading={lift.isPending}
          disabled={!reason.trim() || !source.trim()}
          data-testid="lift-save"
        >
          {t("block.lift")}
        </Button>
      </Group>
    </form>
  );
}
