import { Button, Group, NativeSelect, Stack, Text, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { usePurposes } from "../api/peopleQueries";
import type { PersonalField } from "../api/types";
import { useView } from "../state/view";
import { ProblemAlert } from "../ui/ProblemAlert";
import { saysWhy } from "./names";

/** Asks the service for the value; the purpose is logged before it answers. */
export type Reveal = (purpose: string, note: string) => Promise<{ value: string | null }>;

interface Props {
  name: string;
  field: PersonalField;
  reveal: Reveal;
  onRevealed: (value: string) => void;
  onCancel: () => void;
}

/** Why the value is needed; the answer is written to the log before the value is given. */
export function RevealForm({ name, field, reveal: ask, onRevealed, onCancel }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const purposes = usePurposes();
  const [purpose, setPurpose] = useState("");
  const [note, setNote] = useState("");
  const reveal = useMutation({
    mutationFn: () => ask(purpose, note.trim()),
    // a personal value must not stay in a cache
    gcTime: 0,
    onSuccess: ({ value }) => onRevealed(value ?? "—"),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    reveal.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text>
          {t(`rights.field.${field}`)} · <b>{name}</b>
        </Text>
        <Text c="dimmed">{t("reveal.warning")}</Text>
        <NativeSelect
          label={t("reveal.purpose")}
          value={purpose}
          onChange={(event) => setPurpose(event.currentTarget.value)}
          required
          data-autofocus
          data={[
            { value: "", label: t("reveal.choose") },
            ...(purposes.data?.items ?? []).map(({ code, name_vi, name_en }) => ({
              value: code,
              label: lang === "vi" ? name_vi : name_en,
            })),
          ]}
          data-testid="reveal-purpose"
        />
        <Textarea
          label={t("reveal.note")}
          description={t("reveal.noteRule")}
          placeholder={t("reveal.noteExample")}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          autosize
          minRows={2}
          required
          data-testid="reveal-note"
        />
        {purposes.error && <ProblemAlert problem={asProblem(purposes.error)} />}
        {reveal.error && <ProblemAlert problem={asProblem(reveal.error)} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {t("edit.cancel")}
          </Button>
          <Button
            type="submit"
            loading={reveal.isPending}
            disabled={!purpose || !saysWhy(note)}
            data-testid="reveal-confirm"
          >
            {t("reveal.confirm")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
