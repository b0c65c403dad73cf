import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { forgetDossier, useColleagues } from "../api/dossierQueries";
import { dossiers } from "../api/dossiers";
import type { DossierBrief } from "../api/dossierTypes";
import { useSession } from "../api/queries";
import { nameOf } from "../citizen/words";
import { integer } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Dossier.module.css";
import { mayAssign, mayTake } from "./looks";

/** Who has the dossier, and the ways to take it, hand it over or lay it back. */
export function Handling({ dossier }: { dossier: DossierBrief }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const user = useSession().data?.user;
  const [opened, dialog] = useDisclosure(false);
  const take = useAssign(dossier, () => undefined);
  const { step, assignee, received_unit, competent_unit } = dossier;
  const place = step.place === "reception" ? received_unit : competent_unit;
  const holder = lang === "vi" ? step.role_vi : step.role_en;
  return (
    <>
      <div className={classes.handling}>
        <Text data-testid="dossier-holder">
          <b data-testid="dossier-step" data-step={step.code}>
            {nameOf(step, lang)}
          </b>
          <br />
          {[
            holder,
            place.name,
            assignee
              ? t(assignee.id === user?.id ? "dossier.takenByMe" : "dossier.takenBy", { name: assignee.name })
              : mayAssign(user, dossier) && t("dossier.takenByNobody"),
          ]
            .filter(Boolean)
            .join(" · ")}
        </Text>
        <Group gap={6} wrap="nowrap">
          {mayTake(user, dossier) && user && (
            <Button
              variant="light"
              leftSection={<Icon name="hand" />}
              loading={take.isPending}
              onClick={() => take.mutate({ account: user.id, note: "" })}
              data-testid="dossier-take"
            >
              {t("dossier.take")}
            </Button>
          )}
          {mayAssign(user, dossier) && (
            <Button variant="default" onClick={dialog.open} data-testid="dossier-assign">
              {t("dossier.handOver")}
            </Button>
          )}
        </Group>
      </div>
      {take.error && <ProblemAlert problem={asProblem(take.error)} />}
      <Modal
        opened={opened}
        onClose={dialog.close}
        title={t("dossier.handOverTitle", { code: dossier.code, step: nameOf(step, lang) })}
        closeButtonProps={{ "aria-label": t("close") }}
        centered
      >
        <HandOver dossier={dossier} onDone={dialog.close} />
      </Modal>
    </>
  );
}

function useAssign(dossier: DossierBrief, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ account, note }: { account: number | null; note: string }) =>
      dossiers.assign(dossier.id, account, dossier.revision, note),
    onSuccess: onDone,
    // also after a refusal: somebody else may have been quicker
    onSettled: () => forgetDossier(client, dossier.id),
  });
}

function HandOver({ dossier, onDone }: { dossier: DossierBrief; onDone: () => void }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const colleagues = useColleagues(dossier.id, true);
  const [chosen, setChosen] = useState<number | null>(null);
  const [note, setNote] = useState("");
  const assign = useAssign(dossier, onDone);
  return (
    <Stack>
      <Loaded query={colleagues}>
        {({ items }) => (
          <ul className={classes.plain}>
            {items
              .filter(({ id }) => id !== dossier.assignee?.id)
              .map(({ id, name, open }) => (
                <li key={id}>
                  <button
                    type="button"
                    className={classes.colleague}
                    aria-pressed={chosen === id}
                    onClick={() => setChosen(id)}
                    data-testid={`colleague-${id}`}
                  >
                    <b>{name}</b>
                    <span className={classes.dimmed}>
                      {t("dossier.has", { count: open, n: integer(open, lang) })}
                    </span>
                  </button>
                </li>
              ))}
          </ul>
        )}
      </Loaded>
      <Textarea
        label={t("dossier.noteOptional")}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        autosize
        minRows={2}
      />
      {assign.error && <ProblemAlert problem={asProblem(assign.error)} />}
      <div className={classes.dialogActions}>
        {dossier.assignee && (
          <Button
            variant="default"
            loading={assign.isPending}
            onClick={() => assign.mutate({ account: null, note: note.trim() })}
            data-testid="dossier-lay-back"
          >
            {t("dossier.layBack")}
          </Button>
        )}
        <Button
          disabled={chosen === null}
          loading={assign.isPending}
          onClick={() => assign.mutate({ account: chosen, note: note.trim() })}
          data-testid="dossier-assign-confirm"
        >
          {t("dossier.handOver")}
        </Button>
      </div>
    </Stack>
  );
}
