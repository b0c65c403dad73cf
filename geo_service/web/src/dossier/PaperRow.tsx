import { Button, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { forgetDossier } from "../api/dossierQueries";
import { papers } from "../api/dossiers";
import type { Paper, WantedPaper } from "../api/dossierTypes";
import { nameOf } from "../citizen/words";
import { useView } from "../state/view";
import { Icon, type IconName } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Dossier.module.css";
import { FileDrop } from "./FileDrop";
import { FileLine } from "./PapersTab";

const STATE: Record<WantedPaper["state"], IconName> = {
  attached: "check",
  held: "shield",
  reusable: "folder",
  missing: "warning",
};

interface Props {
  dossier: string;
  wanted: WantedPaper;
  files: readonly Paper[];
  mayAttach: boolean;
  limit: number;
  onShow: (paper: Paper) => void;
}

/** One paper of the procedure's list: whether it is there, its files and earlier versions, and the ways to add it. */
export function PaperRow({ dossier, wanted, files, mayAttach, limit, onShow }: Props) {
  const { t } = useTranslation();
  const [adding, setAdding] = useState(false);
  const [past, setPast] = useState(false);
  const { earlier } = wanted;
  const current = files.filter((file) => file.current);
  const older = files.filter((file) => !file.current);
  return (
    <div
      className={`${classes.card} ${classes.paper} ${classes.part}`}
      data-state={wanted.state}
      data-testid={`paper-${wanted.code}`}
    >
      <PaperState wanted={wanted} />
      {current.map((paper) => (
        <FileLine key={paper.id} paper={paper} onShow={onShow} />
      ))}
      {past && older.map((paper) => <FileLine key={paper.id} paper={paper} onShow={onShow} />)}
      <div className={classes.states}>
        {older.length > 0 && (
          <button type="button" className={classes.link} onClick={() => setPast(!past)}>
            {t("dossier.olderVersions", { count: older.length })}
          </button>
        )}
        {mayAttach && earlier && wanted.state === "reusable" && (
          <Reuse dossier={dossier} document={earlier.document} from={earlier.dossier} />
        )}
        {mayAttach && !adding && (
          <Button
            variant={wanted.state === "missing" ? "light" : "subtle"}
            leftSection={<Icon name="upload" />}
            onClick={() => setAdding(true)}
            data-testid={`attach-${wanted.code}`}
          >
            {t(current.length ? "dossier.newVersion" : "dossier.attach")}
          </Button>
        )}
      </div>
      {adding && (
        <FileDrop
          dossier={dossier}
          type={wanted.code}
          kind={wanted.original ? 0 : 1}
          limit={limit}
          onDone={() => setAdding(false)}
        />
      )}
    </div>
  );
}

/** Name, whether it has to be there, and whether it is. */
export function PaperState({
  wanted,
}: {
  wanted: Pick<WantedPaper, "name_vi" | "name_en" | "form" | "required" | "original" | "state">;
}) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  return (
    <div className={classes.line}>
      <Icon name={STATE[wanted.state]} />
      <div className={classes.grow}>
        <Text fw={500}>{nameOf(wanted, lang)}</Text>
        <Text className={classes.states}>
          <span className={classes.state} data-state={wanted.state}>
            {t(`dossier.paperState.${wanted.state}`)}
          </span>
          <span className={classes.dimmed}>
            {[
              wanted.form,
              t(wanted.required ? "dossier.required" : "dossier.optional"),
              wanted.original && t("dossier.original"),
            ]
              .filter(Boolean)
              .join(" · ")}
          </span>
        </Text>
      </div>
    </div>
  );
}

function Reuse({ dossier, document, from }: { dossier: string; document: number; from: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const reuse = useMutation({
    mutationFn: () => papers.reuse(dossier, document),
    onSettled: () => forgetDossier(client, dossier),
  });
  return (
    <>
      <Button
        variant="light"
        leftSection={<Icon name="folder" />}
        loading={reuse.isPending}
        onClick={() => reuse.mutate()}
      >
        {t("dossier.reuse", { code: from })}
      </Button>
      {reuse.error && <ProblemAlert problem={asProblem(reuse.error)} />}
    </>
  );
}
