import { ActionIcon, Button, Progress as Bar, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { papers as paperCalls } from "../api/dossiers";
import type { Paper, Papers, WantedPaper } from "../api/dossierTypes";
import { day } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import { problemText } from "../ui/problem";
import classes from "./Citizen.module.css";
import { PaperSlot } from "./PaperSlot";
import { PaperState } from "./PaperState";
import type { Errand, Sending } from "./useSending";
import { nameOf } from "./words";

interface Props {
  dossier: string;
  papers: Papers;
  /** when the dossier came to where it stands: what was handed in before stays */
  since: string;
  /** decided or ended: what was not needed is not asked for any more */
  over?: boolean;
  sending: Sending;
  onChanged: () => void;
}

/** What the procedure asks for and what is there of it; where the step allows it, more can be added. */
export function PaperList({ dossier, papers, since, over = false, sending, onChanged }: Props) {
  const { t } = useTranslation();
  const checklist = papers.checklist.filter(({ state }) => !over || state === "attached" || state === "held");
  const others = papers.items.filter(({ type, origin }) => type === "other" && origin !== "issued");
  return (
    <>
      <ul className={classes.papers} aria-label={t("citizen.papers.title")} data-testid="papers">
        {checklist.map((wanted) => (
          <Wanted
            key={wanted.code}
            wanted={wanted}
            files={papers.items.filter(
              ({ type, origin, current }) => type === wanted.code && origin !== "issued" && current,
            )}
            {...{ dossier, papers, since, sending, onChanged }}
          />
        ))}
        {(others.length > 0 || papers.may_attach) && (
          <Wanted
            wanted={{
              code: "other",
              name_vi: t("citizen.papers.other"),
              name_en: t("citizen.papers.other"),
              required: false,
            }}
            files={others}
            {...{ dossier, papers, since, sending, onChanged }}
          />
        )}
      </ul>
    </>
  );
}

type Asked = Pick<WantedPaper, "code" | "name_vi" | "name_en" | "required"> & Partial<WantedPaper>;

function Wanted({
  wanted,
  files,
  dossier,
  papers,
  since,
  sending,
  onChanged,
}: Props & { wanted: Asked; files: readonly Paper[] }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const name = nameOf(wanted, lang);
  const errand = sending.errands.find(({ type }) => type === wanted.code);
  const reusable = wanted.earlier;
  return (
    <li data-state={wanted.state ?? "optional"} data-testid={`paper-${wanted.code}`}>
      <div className={classes.paperHead}>
        <div>
          <b>{name}</b>
          {wanted.form && <span className={classes.small}> · {wanted.form}</span>}
        </div>
        {wanted.state && <PaperState state={wanted.state} required={wanted.required} />}
      </div>
      {files.map((paper) => (
        <PaperFile
          key={paper.id}
          paper={paper}
          removable={papers.may_attach && paper.added_at >= since}
          onChanged={onChanged}
        />
      ))}
      {errand && <OnItsWay errand={errand} dossier={dossier} sending={sending} />}
      {papers.may_attach && !errand && (
        <div className={classes.pick}>
          {reusable && (
            <Button
              leftSection={<Icon name="redo" />}
              onClick={() =>
                void sending.send(dossier, [
                  { type: wanted.code, name, content: { reuse: reusable.document } },
                ])
              }
              data-testid={`reuse-${wanted.code}`}
            >
              {t("citizen.papers.reuse", { date: day(reusable.added_at) })}
            </Button>
          )}
          <PaperSlot
            name={name}
            limit={papers.limit_bytes}
            has={files.length ? "files" : wanted.state === "held" ? "record" : "nothing"}
            onPick={(picked) =>
              void sending.send(dossier, [{ type: wanted.code, name, content: { files: picked } }])
            }
            data-testid={`pick-${wanted.code}`}
          />
        </div>
      )}
    </li>
  );
}

/** A paper that has arrived: its first page small, its name, the way to take it back. */
function PaperFile({
  paper,
  removable,
  onChanged,
}: {
  paper: Paper;
  removable: boolean;
  onChanged: () => void;
}) {
  const { t } = useTranslation();
  const remove = useMutation({ mutationFn: () => paperCalls.remove(paper.id), onSettled: onChanged });
  return (
    <div className={classes.file}>
      <a
        href={paperCalls.fileAddress(paper.id)}
        target="_blank"
        rel="noreferrer"
        aria-label={t("citizen.papers.open", { name: paper.name })}
      >
        <img src={paperCalls.pageAddress(paper.id, 1, 200)} alt="" loading="lazy" className={classes.thumb} />
      </a>
      <div className={classes.grow}>
        <div className={classes.wrap}>{paper.name}</div>
        <div className={classes.small}>
          <Icon name="check" size={18} /> {t("citizen.papers.arrived", { date: day(paper.added_at) })}
          {paper.pages ? ` · ${t("citizen.papers.pages", { count: paper.pages })}` : ""}
        </div>
        {remove.error && <ProblemAlert problem={asProblem(remove.error)} />}
      </div>
      {removable && (
        <ActionIcon
          variant="subtle"
          color="red"
          size="lg"
          loading={remove.isPending}
          onClick={() => remove.mutate()}
          aria-label={t("citizen.papers.remove", { name: paper.name })}
          data-testid="remove-paper"
        >
          <Icon name="trash" />
        </ActionIcon>
      )}
    </div>
  );
}

function OnItsWay({ errand, dossier, sending }: { errand: Errand; dossier: string; sending: Sending }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  if (errand.state === "failed" && errand.problem) {
    const { title, detail } = problemText(errand.problem, lang);
    return (
      <div className={classes.failed} role="alert" data-testid="paper-refused">
        <Icon name="warning" />
        <div className={classes.grow}>
          <b>{t("citizen.papers.failed")}</b>
          <div>{detail ?? title}</div>
        </div>
        <div className={classes.pick}>
          {/* what was refused will be refused again; what did not get through may */}
          {(errand.problem.status === 0 || errand.problem.status >= 500) && (
            <Button size="md" onClick={() => void sending.send(dossier, [errand])} disabled={sending.busy}>
              {t("edit.tryAgain")}
            </Button>
          )}
          <Button variant="light" onClick={() => sending.drop(errand.type)}>
            {t("citizen.papers.another")}
          </Button>
        </div>
      </div>
    );
  }
  return (
    <div className={classes.going}>
      <Text>{t(errand.state === "going" ? "citizen.papers.going" : "citizen.papers.queued")}</Text>
      <Bar
        value={errand.share * 100}
        striped
        animated={errand.state === "going"}
        aria-label={t("citizen.papers.going")}
      />
    </div>
  );
}
