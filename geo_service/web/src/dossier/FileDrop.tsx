import { Button, Loader, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type DragEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { forgetDossier } from "../api/dossierQueries";
import { papers } from "../api/dossiers";
import type { PaperKind } from "../api/dossierTypes";
import { ACCEPTED, refusalOf, type Refusal as RefusedFile } from "../citizen/picking";
import { integer } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Dossier.module.css";

interface Props {
  dossier: string;
  type: string;
  kind: PaperKind;
  /** bytes */
  limit: number;
  onDone?: () => void;
}

/** Takes scans by hand or by drag and drop and hands them in at once. */
export function FileDrop({ dossier, type, kind, limit, onDone }: Props) {
  const client = useQueryClient();
  const send = useMutation({
    mutationFn: async (files: readonly File[]) => {
      for (const file of files) await papers.attach(dossier, type, file, kind);
    },
    onSuccess: onDone,
    onSettled: () => forgetDossier(client, dossier),
  });
  return (
    <>
      <DropArea
        type={type}
        limit={limit}
        waiting={send.isPending}
        onFiles={(files) => send.mutate([...files])}
      />
      {send.error && <ProblemAlert problem={asProblem(send.error)} />}
    </>
  );
}

interface AreaProps {
  type: string;
  limit: number;
  waiting: boolean;
  /** one line, where many stand below each other */
  compact?: boolean;
  onFiles: (files: readonly File[]) => void;
}

export function DropArea({ type, limit, waiting, compact = false, onFiles }: AreaProps) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [refused, setRefused] = useState<{ name: string; why: RefusedFile }[]>([]);
  const take = async (list: FileList | null) => {
    const looked = await Promise.all(
      [...(list ?? [])].map(async (file) => ({ file, why: await refusalOf(file, limit) })),
    );
    setRefused(looked.flatMap(({ file, why }) => (why ? [{ name: file.name, why }] : [])));
    const good = looked.flatMap(({ file, why }) => (why ? [] : [file]));
    if (good.length) onFiles(good);
  };
  const hover = (on: boolean) => (event: DragEvent) => {
    event.preventDefault();
    setOver(on);
  };
  return (
    <div
      className={classes.drop}
      data-over={over}
      data-compact={compact}
      onDragOver={hover(true)}
      onDragLeave={hover(false)}
      onDrop={(event) => {
        hover(false)(event);
        void take(event.dataTransfer.files);
      }}
    >
      {waiting ? (
        <Loader size="sm" />
      ) : (
        <Button variant="light" leftSection={<Icon name="upload" />} onClick={() => input.current?.click()}>
          {t("dossier.chooseFile")}
        </Button>
      )}
      {!compact && <Text c="dimmed">{t("dossier.dropHere", { mb: integer(limit / 1024 ** 2, lang) })}</Text>}
      {refused.map(({ name, why }) => (
        <Text key={name} c="red.8" role="alert" data-testid="file-refused">
          <b>{name}</b>: {t(`citizen.refused.${why}`, { limit: integer(limit / 1024 ** 2, lang) })}
        </Text>
      ))}
      <input
        ref={input}
        type="file"
        accept={ACCEPTED}
        multiple
        hidden
        onChange={(event) => {
          void take(event.currentTarget.files);
          event.currentTarget.value = "";
        }}
        data-testid={`file-input-${type}`}
      />
    </div>
  );
}
