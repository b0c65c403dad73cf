import "../i18n/citizen";
import "../i18n/dossier";
import { Button, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { forgetDossier, useDossier } from "../api/dossierQueries";
import { dossiers } from "../api/dossiers";
import type { Dossier, DossierAction, RuleVerdict } from "../api/dossierTypes";
import { nameOf } from "../citizen/words";
import { useEditing } from "../editing/context";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Refusal } from "./Refusal";

interface Props {
  dossier: string;
  rules: readonly RuleVerdict[];
}

/** The way on from a drawing of a dossier: to who decides, together with the dossier. */
export default function ProposeDrawing({ dossier: id, rules }: Props) {
  const { t } = useTranslation();
  const query = useDossier(id);
  return (
    <Loaded query={query}>
      {(dossier) => {
        const action = dossier.actions.find(({ kind }) => kind === "propose_map");
        if (!action) return <Text c="orange.9">{t("dossier.drawing.notNow")}</Text>;
        return <Propose dossier={dossier} action={action} rules={rules} />;
      }}
    </Loaded>
  );
}

function Propose({
  dossier,
  action,
  rules,
}: {
  dossier: Dossier;
  action: DossierAction;
  rules: readonly RuleVerdict[];
}) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  const { putAway } = useEditing();
  const [note, setNote] = useState("");
  const propose = useMutation({
    mutationFn: () =>
      dossiers.act(dossier.id, action.code, {
        revision: dossier.revision,
        ...(note.trim() ? { note: note.trim() } : {}),
      }),
    onSuccess: putAway,
    onSettled: () => forgetDossier(client, dossier.id),
  });
  const broken = rules.some(({ verdict, severity }) => verdict === "fail" && severity === "refuse");
  return (
    <Stack gap="sm">
      <Textarea
        label={t(action.note ? "dossier.note" : "dossier.noteOptional")}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        autosize
        minRows={2}
        required={action.note}
      />
      {propose.error && <Refusal error={propose.error} dossier={dossier} />}
      <Button
        size="md"
        leftSection={<Icon name="send" />}
        loading={propose.isPending}
        disabled={broken || (action.note && !note.trim())}
        onClick={() => propose.mutate()}
        data-testid="propose-drawing"
      >
        {nameOf(action, lang)}
      </Button>
      {broken && <Text c="red.9">{t("dossier.drawing.broken")}</Text>}
    </Stack>
  );
}
