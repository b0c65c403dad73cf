import "../i18n/board";
import "../i18n/citizen";
import "../i18n/dossier";
import { Button, Group, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { forgetBoard, useBoard } from "../api/boardQueries";
import { useSession } from "../api/queries";
import { dateTime } from "../format";
import { useDossierFeed } from "../live/useDossierFeed";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Page } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import { saveFile } from "../ui/saveFile";
import type { Board, BoardQuestion } from "../api/board";
import classes from "./Board.module.css";
import { questionOf, useBoardView } from "./boardView";
import { Behind } from "./Behind";
import { CountsTable } from "./CountsTable";
import { Filters } from "./Filters";
import { sheet } from "./figures";
import { LatenessCard } from "./LatenessCard";
import { LoadCard } from "./LoadCard";
import { MapCard } from "./MapCard";
import { StepsCard } from "./StepsCard";
import { Tiles } from "./Tiles";

/** Ten moves a second in the city must not become ten questions a second from every leader. */
const GATHER_MS = 2_000;
/** Tones move with the clock even when nobody does anything. */
const MINUTE_MS = 60_000;

/** The leaders' board: what came, what was done in time, what is late and where it lies, and what is to come. */
export default function BoardPage() {
  const { t } = useTranslation();
  const view = useBoardView();
  const now = useMinute();
  // moves with the day, not with the minute
  const { from, to, by, unit, procedure } = questionOf(view, now);
  const question = useMemo(() => ({ from, to, by, unit, procedure }), [from, to, by, unit, procedure]);
  const query = useBoard(question);
  useLive();
  return (
    <Page title={t("board.title")} aside={<Aside board={query.data} />} data-testid="board-page">
      <div className={classes.board} aria-busy={query.isPlaceholderData}>
        <Filters question={question} />
        {query.error && query.data && <ProblemAlert problem={asProblem(query.error)} />}
        <Loaded query={query}>{(data) => <Content board={data} question={question} />}</Loaded>
      </div>
      <Behind question={question} />
    </Page>
  );
}

function Content({ board, question }: { board: Board; question: BoardQuestion }) {
  return (
    <>
      <Tiles board={board} />
      <div className={classes.pair}>
        <MapCard board={board} question={question} />
        <LoadCard question={question} />
      </div>
      <CountsTable board={board} />
      <div className={classes.pair}>
        <StepsCard question={question} />
        <LatenessCard question={question} />
      </div>
    </>
  );
}

function Aside({ board }: { board: Board | undefined }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  if (!board) return null;
  const save = () =>
    saveFile(
      `${t("board.file")}_${board.from}_${board.to}.csv`,
      sheet(board, lang, (column) => t(`board.column.${column}`)),
    );
  return (
    <Group gap="xs" wrap="nowrap" className={classes.aside}>
      <Text c="dimmed" visibleFrom="md" role="status" data-testid="board-at">
        {t("board.at", { at: dateTime(board.at) })}
      </Text>
      <Button
        variant="subtle"
        leftSection={<Icon name="print" />}
        onClick={() => window.print()}
        visibleFrom="sm"
      >
        {t("board.print")}
      </Button>
      <Button variant="subtle" leftSection={<Icon name="download" />} onClick={save} data-testid="board-csv">
        CSV
      </Button>
    </Group>
  );
}

/** Keeps the numbers with what happens at the leader's units. */
function useLive(): void {
  const client = useQueryClient();
  const units = useSession().data?.user?.capabilities["board.read"];
  const topics = useMemo(() => (units ?? []).map((unit) => `desk/${unit}`), [units]);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  useDossierFeed(topics, () => {
    timer.current ??= window.setTimeout(() => {
      timer.current = undefined;
      void forgetBoard(client);
    }, GATHER_MS);
  });
  useEffect(() => {
    const beat = window.setInterval(() => void forgetBoard(client), MINUTE_MS);
    return () => window.clearInterval(beat);
  }, [client]);
}

function useMinute(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const beat = window.setInterval(() => setNow(Date.now()), MINUTE_MS);
    return () => window.clearInterval(beat);
  }, []);
  return now;
}
