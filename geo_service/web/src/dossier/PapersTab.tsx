import { Button, Modal, NativeSelect, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePapers, usePrintable } from "../api/dossierQueries";
import { papers as api } from "../api/dossiers";
import type { Dossier, Paper, Papers } from "../api/dossierTypes";
import { nameOf } from "../citizen/words";
import { dateTime } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import classes from "./Dossier.module.css";
import { FileDrop } from "./FileDrop";
import { Part } from "./FormTab";
import { PaperPreview } from "./PaperPreview";
import { PaperRow } from "./PaperRow";

/** What the procedure asks for and what was handed in; what can be printed. */
export function PapersTab({ dossier }: { dossier: Dossier }) {
  const { t } = useTranslation();
  const query = usePapers(dossier.id);
  return (
    <Stack gap="lg" data-testid="dossier-papers">
      <Loaded query={query}>{(papers) => <Checklist dossier={dossier.id} papers={papers} />}</Loaded>
      <Part title={t("dossier.print")}>
        <Printable dossier={dossier} />
      </Part>
    </Stack>
  );
}

function Checklist({ dossier, papers }: { dossier: string; papers: Papers }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<Paper | null>(null);
  const handedIn = papers.items.filter(({ origin }) => origin !== "issued");
  const asked = new Set(papers.checklist.map(({ code }) => code));
  const others = handedIn.filter(({ type }) => !asked.has(type));
  const missing = papers.checklist.filter(({ state, required }) => state === "missing" && required).length;
  return (
    <Part title={t("dossier.checklist")}>
      <Text role="status" className={classes.state} data-state={missing ? "missing" : "attached"}>
        <Icon name={missing ? "warning" : "check"} />
        {missing ? t("dossier.missing", { count: missing }) : t("dossier.complete")}
      </Text>
      <ul className={classes.plain}>
        {papers.checklist.map((wanted) => (
          <li key={wanted.code}>
            <PaperRow
              dossier={dossier}
              wanted={wanted}
              files={handedIn.filter(({ type }) => type === wanted.code)}
              mayAttach={papers.may_attach}
              limit={papers.limit_bytes}
              onShow={setShown}
            />
          </li>
        ))}
        {others.map((paper) => (
          <li key={paper.id} className={classes.card}>
            <FileLine paper={paper} onShow={setShown} />
          </li>
        ))}
      </ul>
      {papers.may_attach && <OtherPaper dossier={dossier} limit={papers.limit_bytes} />}
      <Modal
        opened={shown !== null}
        onClose={() => setShown(null)}
        title={shown?.name ?? ""}
        size="xl"
        closeButtonProps={{ "aria-label": t("close") }}
      >
        {shown && <PaperPreview paper={shown} />}
      </Modal>
    </Part>
  );
}

/** A file, to look at and to save. */
export function FileLine({ paper, onShow }: { paper: Paper; onShow: (paper: Paper) => void }) {
  const { t } = useTranslation();
  return (
    <div className={classes.line} data-testid={`file-${paper.id}`}>
      <Icon name="clip" />
      <div className={classes.grow}>
        <button type="button" className={classes.link} onClick={() => onShow(paper)}>
          {paper.name}
        </button>
        <Text c="dimmed">
          {[
            t("dossier.version", { n: paper.version }),
            t(`dossier.paperKind.${paper.kind}`),
            paper.pages && t("dossier.pages", { count: paper.pages }),
            dateTime(paper.added_at),
            !paper.current && t("dossier.replaced"),
          ]
            .filter(Boolean)
            .join(" · ")}
        </Text>
      </div>
      <a href={api.fileAddress(paper.id)} download aria-label={`${t("dossier.save")}: ${paper.name}`}>
        <Icon name="download" />
      </a>
    </div>
  );
}

function OtherPaper({ dossier, limit }: { dossier: string; limit: number }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  if (!open) {
    return (
      <Button variant="subtle" leftSection={<Icon name="plus" />} onClick={() => setOpen(true)}>
        {t("dossier.otherPaper")}
      </Button>
    );
  }
  return <FileDrop dossier={dossier} type="other" kind={1} limit={limit} />;
}

/** Forms of the dossier and extracts of its parcels, as they can be printed now. */
function Printable({ dossier }: { dossier: Dossier }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const query = usePrintable(dossier.id);
  const [chosen, setChosen] = useState("");
  return (
    <Loaded query={query}>
      {({ items }) => {
        if (!items.length) return <Text c="dimmed">{t("dossier.nothingToPrint")}</Text>;
        const url = items.some((item) => item.url === chosen) ? chosen : (items[0]?.url ?? "");
        return (
          <Stack gap="xs">
            <NativeSelect
              aria-label={t("dossier.print")}
              value={url}
              onChange={(event) => setChosen(event.currentTarget.value)}
              data={items.map((item) => ({
                value: item.url,
                label: [
                  item.form === "extract" ? "" : `${t("dossier.formNumber", { form: item.form })}:`,
                  nameOf(item, lang),
                  item.at && `· ${dateTime(item.at)}`,
                ]
                  .filter(Boolean)
                  .join(" "),
              }))}
              data-testid="print-form"
            />
            <Button
              component="a"
              href={url}
              target="_blank"
              rel="noopener"
              variant="light"
              leftSection={<Icon name="print" />}
              data-testid="print"
            >
              {t("dossier.openToPrint")}
            </Button>
          </Stack>
        );
      }}
    </Loaded>
  );
}
