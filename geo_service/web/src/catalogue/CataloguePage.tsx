import "../i18n/administration";
import "../i18n/work";
import { Button, Group, Modal, Stack, Tabs, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { catalogue } from "../api/administration";
import { CATALOGUE, useCatalogue } from "../api/administrationQueries";
import { asProblem } from "../api/client";
import { useSession } from "../api/queries";
import { openPage } from "../state/view";
import { Page } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import { AgenciesTab } from "./AgenciesTab";
import classes from "./Catalogue.module.css";
import { forgetEditor, forgetUnchanged, hasUnsaved, keptNow, keyOf } from "./kept";
import { NewProcedure } from "./NewProcedure";
import { ProcedureList } from "./ProcedureList";
import { ProcedureView } from "./ProcedureView";

/** The procedures: what each one is, in versions, and under which codes counters receive. */
export default function CataloguePage() {
  const { t } = useTranslation();
  const account = useSession().data?.user?.id ?? 0;
  const all = useCatalogue();
  const [code, setCode] = useState<string | null>(null);
  const [making, setMaking] = useState(false);
  const [tab, setTab] = useState<string | null>("procedures");
  /** where to go once it is settled what becomes of what is not saved */
  const [leaving, setLeaving] = useState<(() => void) | null>(null);
  const entry = all.data?.items.find((one) => one.code === code);
  const id = keyOf(account, code ?? "");

  const leave = (go: () => void) => {
    if (code !== null && hasUnsaved(keptNow(id))) setLeaving(() => go);
    else go();
  };
  const open = (next: string) => {
    forgetUnchanged(keyOf(account, next));
    setCode(next);
  };
  return (
    <Page
      title={t("menu.catalogue")}
      data-testid="catalogue-page"
      onClose={() => leave(() => openPage(null))}
    >
      {entry ? (
        <ProcedureView key={entry.code} id={id} entry={entry} onBack={() => leave(() => setCode(null))} />
      ) : (
        <Tabs value={tab} onChange={setTab} keepMounted={false}>
          <Tabs.List mb="md" className={classes.tabs}>
            <Tabs.Tab value="procedures">{t("administration.procedures")}</Tabs.Tab>
            <Tabs.Tab value="agencies" data-testid="tab-agencies">
              {t("administration.agencies")}
            </Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="procedures">
            <ProcedureList onOpen={open} onNew={() => setMaking(true)} />
          </Tabs.Panel>
          <Tabs.Panel value="agencies">
            <AgenciesTab />
          </Tabs.Panel>
        </Tabs>
      )}
      <NewProcedure
        key={String(making)}
        opened={making}
        onClose={() => setMaking(false)}
        onMade={(made) => {
          setMaking(false);
          open(made);
        }}
      />
      {code !== null && <Leaving id={id} code={code} go={leaving} onStay={() => setLeaving(null)} />}
    </Page>
  );
}

interface LeavingProps {
  id: string;
  code: string;
  go: (() => void) | null;
  onStay: () => void;
}

/** What becomes of changes that are not saved. */
function Leaving({ id, code, go, onStay }: LeavingProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const done = () => {
    forgetEditor(client, id, code);
    onStay();
    go?.();
  };
  const save = useMutation({
    mutationFn: async () => {
      const editor = keptNow(id);
      if (editor) await catalogue.save(editor.now, editor.seen);
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: [...CATALOGUE, "all"] });
      done();
    },
  });
  return (
    <Modal
      opened={go !== null}
      onClose={onStay}
      title={<b>{t("administration.leaveTitle")}</b>}
      closeButtonProps={{ "aria-label": t("close") }}
    >
      <Stack data-testid="leave-dialog">
        <Text>{t("administration.leaveWhat")}</Text>
        {save.error && <ProblemAlert problem={asProblem(save.error)} />}
        <Group justify="flex-end">
          <Button variant="subtle" color="red" onClick={done} data-testid="leave-drop">
            {t("administration.leaveDrop")}
          </Button>
          <Button variant="default" onClick={onStay} data-testid="leave-stay">
            {t("administration.leaveStay")}
          </Button>
          <Button
            loading={save.isPending}
            onClick={() => save.mutate()}
            data-autofocus
            data-testid="leave-save"
          >
            {t("administration.leaveSave")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
