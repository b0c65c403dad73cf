import { Button, Group, Modal, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { catalogue } from "../api/administration";
import { CATALOGUE, useCatalogue } from "../api/administrationQueries";
import { asProblem } from "../api/client";
import { useView } from "../state/view";
import { ProblemAlert } from "../ui/ProblemAlert";
import { isProcedureCode } from "./definition";
import { nameOf } from "./words";

interface Props {
  opened: boolean;
  onClose: () => void;
  onMade: (code: string) => void;
}

/** A new procedure begins as a draft like another one; nothing of it is offered before it is published. */
export function NewProcedure({ opened, onClose, onMade }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  const all = useCatalogue().data?.items ?? [];
  const [code, setCode] = useState("");
  const [vi, setVi] = useState("");
  const [en, setEn] = useState("");
  const [like, setLike] = useState("");
  const taken = all.some((one) => one.code === code.trim());
  const make = useMutation({
    mutationFn: async () => {
      const { definition } = await catalogue.version(like);
      const named = {
        code: code.trim(),
        name_vi: vi.trim(),
        name_en: en.trim(),
        source: "",
        grade: "D" as const,
      };
      await catalogue.save({ ...definition, ...named }, null);
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [...CATALOGUE, "all"] });
      onMade(code.trim());
    },
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    make.mutate();
  };
  const bad = code !== "" && !isProcedureCode(code.trim());
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={<b>{t("administration.newProcedure")}</b>}
      size="lg"
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <form onSubmit={submit}>
        <Stack>
          <Text>{t("administration.newWhat")}</Text>
          <TextInput
            label={t("administration.procedureCode")}
            placeholder="1.012784"
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
            error={
              bad ? t("administration.badProcedureCode") : taken ? t("administration.codeTaken") : undefined
            }
            required
            autoComplete="off"
            data-autofocus
            data-testid="new-code"
          />
          <TextInput
            label={t("administration.field.name_vi")}
            value={vi}
            onChange={(event) => setVi(event.currentTarget.value)}
            required
            data-testid="new-name-vi"
          />
          <TextInput
            label={t("administration.field.name_en")}
            value={en}
            onChange={(event) => setEn(event.currentTarget.value)}
            required
            data-testid="new-name-en"
          />
          <NativeSelect
            label={t("administration.like")}
            value={like}
            onChange={(event) => setLike(event.currentTarget.value)}
            required
            data={[
              { value: "", label: t("administration.chooseLike") },
              ...all
                .filter(({ version }) => version !== null)
                .map((one) => ({ value: one.code, label: `${one.code} · ${nameOf(one, lang)}` })),
            ]}
            data-testid="new-like"
          />
          {make.error && <ProblemAlert problem={asProblem(make.error)} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("edit.cancel")}
            </Button>
            <Button
              type="submit"
              loading={make.isPending}
              disabled={!code.trim() || bad || taken || !vi.trim() || !en.trim() || !like}
              data-testid="new-save"
            >
              {t("administration.makeDraft")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
