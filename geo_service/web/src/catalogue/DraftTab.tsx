import { Button, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { catalogue } from "../api/administration";
import { useProcedureDraft } from "../api/administrationQueries";
import type { CatalogueEntry, ProcedureVersion } from "../api/administrationTypes";
import { asProblem } from "../api/client";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import { DraftEditor } from "./DraftEditor";
import { begun, opened } from "./editor";
import { keep, useKept } from "./kept";

interface Props {
  id: string;
  entry: CatalogueEntry;
  onPublished: (version: ProcedureVersion) => void;
}

/** The draft there is, or the way to begin one from the newest version. */
export function DraftTab({ id, entry, onPublished }: Props) {
  const { t } = useTranslation();
  const editor = useKept(id);
  const draft = useProcedureDraft(entry.code, entry.draft !== null && editor === undefined);
  const found = draft.data;
  useEffect(() => {
    if (found && editor === undefined && entry.draft) keep(id, opened(found));
  }, [found, editor, entry.draft, id]);
  const begin = useMutation({
    mutationFn: async () => {
      const { items } = await catalogue.history(entry.code);
      const version = await catalogue.version(entry.code, items[0]?.valid_from);
      keep(id, begun(version.definition));
    },
  });
  if (editor) {
    return <DraftEditor id={id} editor={editor} entry={entry} onPublished={onPublished} />;
  }
  if (entry.draft) return <Loaded query={draft}>{() => null}</Loaded>;
  return (
    <Card title={t("administration.noDraft")}>
      <Stack align="flex-start">
        <Text>{t("administration.noDraftWhat")}</Text>
        {begin.error && <ProblemAlert problem={asProblem(begin.error)} />}
        <Button
          leftSection={<Icon name="pencil" />}
          loading={begin.isPending}
          onClick={() => begin.mutate()}
          data-testid="begin-draft"
        >
          {t("administration.beginDraft")}
        </Button>
      </Stack>
    </Card>
  );
}
