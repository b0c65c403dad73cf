import "../i18n/imagery";
import {
  Alert,
  Button,
  Checkbox,
  Group,
  Modal,
  NativeSelect,
  Progress,
  SegmentedControl,
  Stack,
  Text,
} from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { imageryApi, type NewRun, type Run, type Scene } from "../api/imagery";
import { forgetRuns, isUnderWay, useRun, useRuns } from "../api/imageryQueries";
import { useSession, useUnits } from "../api/queries";
import { day, integer } from "../format";
import { may } from "../session/may";
import { openPage, useView } from "../state/view";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import { comparable, earlierThan, byDate } from "./scenes";
import { imagery } from "./view";
import { optionOf, runStep } from "./words";

interface Props {
  scenes: readonly Scene[];
  onClose: () => void;
}

/** Two dates, and what becomes of comparing them. A run that is under way is shown again when one comes back. */
export default function DetectDialog({ scenes, onClose }: Props) {
  const { t } = useTranslation();
  const runs = useRuns(true);
  const [chosen, setChosen] = useState<string | null>(null);
  const [fresh, setFresh] = useState(false);
  const id =
    chosen ?? (fresh ? null : (runs.data?.items.find((run) => run.mine && isUnderWay(run))?.id ?? null));
  return (
    <Modal
      opened
      onClose={onClose}
      title={<b>{t("detection.title")}</b>}
      size="lg"
      closeButtonProps={{ "aria-label": t("close") }}
    >
      {id ? (
        <Progressing
          id={id}
          onClose={onClose}
          onAnother={() => {
            setFresh(true);
            setChosen(null);
          }}
        />
      ) : (
        <Form scenes={scenes} onStarted={(run) => setChosen(run.id)} onClose={onClose} />
      )}
    </Modal>
  );
}

/** What is looked at is what is compared, unless one says otherwise. */
function firstPair(scenes: readonly Scene[]): { before: string; after: string } {
  const { scene, before, mode } = imagery.get();
  const after = scenes.find(({ id }) => id === scene) ?? byDate(scenes).at(-1);
  if (mode === "swipe" && before && after) return { before, after: after.id };
  const earlier = after ? earlierThan(after, scenes) : null;
  return { before: earlier?.id ?? "", after: after?.id ?? "" };
}

function Form({ scenes, onStarted, onClose }: Props & { onStarted: (run: Run) => void }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  const user = useSession().data?.user;
  const units = useUnits().data?.items ?? [];
  const everywhere = user?.capabilities["detect.run"]?.includes("*") ?? false;
  const own = units.filter(({ code }) => may(user, "detect.run", code));
  const [pair, setPair] = useState(() => firstPair(scenes));
  const [later, setLater] = useState<string[]>([]);
  const [unit, setUnit] = useState(everywhere ? "" : (own[0]?.code ?? ""));
  const [method, setMethod] = useState<NewRun["method"]>("unsupervised");
  const start = useMutation({
    mutationFn: () => imageryApi.start({ ...pair, later, unit: unit || null, method }),
    onSuccess: async (run) => {
      onStarted(run);
      await forgetRuns(client);
    },
  });
  const [before, after] = [pair.before, pair.after].map((id) => scenes.find((one) => one.id === id));
  const inOrder = before && after && before.datetime < after.datetime;
  const following = after ? comparable(after, scenes).filter((one) => one.datetime > after.datetime) : [];
  const options = (which: readonly Scene[]) => [
    { value: "", label: t("imagery.choose") },
    ...byDate(which).map((one) => ({ value: one.id, label: optionOf(one, lang) })),
  ];
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    start.mutate();
  };
  if (scenes.length < 2) return <Text>{t("detection.fewScenes")}</Text>;
  return (
    <form onSubmit={submit} data-testid="detect-form">
      <Stack>
        <Text c="dimmed">{t("detection.what")}</Text>
        <NativeSelect
          label={t("detection.before")}
          value={pair.before}
          onChange={(event) => setPair({ ...pair, before: event.currentTarget.value })}
          data={options(after ? comparable(after, scenes) : scenes)}
          data-testid="detect-before"
        />
        <NativeSelect
          label={t("detection.after")}
          value={pair.after}
          onChange={(event) => {
            setPair({ ...pair, after: event.currentTarget.value });
            setLater([]);
          }}
          data={options(scenes)}
          error={before && after && !inOrder ? t("detection.order") : null}
          data-testid="detect-after"
        />
        <Checkbox.Group
          label={t("detection.later")}
          description={following.length ? t("detection.laterHint") : t("detection.noneLater")}
          value={later}
          onChange={setLater}
        >
          <Stack gap="xs" mt="xs">
            {following.map((one) => (
              <Checkbox key={one.id} value={one.id} label={optionOf(one, lang)} />
            ))}
          </Stack>
        </Checkbox.Group>
        <NativeSelect
          label={t("detection.unit")}
          value={unit}
          onChange={(event) => setUnit(event.currentTarget.value)}
          data={[
            ...(everywhere ? [{ value: "", label: t("detection.whole") }] : []),
            ...own.map(({ code, name }) => ({ value: code, label: name })),
          ]}
          data-testid="detect-unit"
        />
        <div>
          <Text fw={500} id="detect-method">
            {t("detection.method")}
          </Text>
          <SegmentedControl
            aria-labelledby="detect-method"
            value={method}
            onChange={(value) => setMethod(value === "learned" ? "learned" : "unsupervised")}
            data={(["unsupervised", "learned"] as const).map((value) => ({
              value,
              label: t(`detection.methods.${value}`),
            }))}
          />
        </div>
        {start.error && <ProblemAlert problem={asProblem(start.error)} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("detection.close")}
          </Button>
          <Button
            type="submit"
            disabled={!inOrder || (!everywhere && !unit)}
            loading={start.isPending}
            data-testid="detect-start"
          >
            {t("detection.start")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ProgressProps {
  id: string;
  onClose: () => void;
  onAnother: () => void;
}

function Progressing({ id, onClose, onAnother }: ProgressProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const run = useRun(id);
  const cancel = useMutation({
    mutationFn: () => imageryApi.cancel(id),
    onSettled: () => forgetRuns(client),
  });
  if (!run.data) return run.error ? <ProblemAlert problem={asProblem(run.error)} /> : null;
  const { state, step, progress, before, after, may_cancel } = run.data;
  const going = isUnderWay(run.data);
  const words = [t(`detection.states.${state}`), runStep(step)].filter(Boolean).join(": ");
  return (
    <Stack data-testid="run" data-state={state} data-progress={progress}>
      <Text fw={600}>
        {t("detection.pair", { before: day(before.datetime), after: day(after.datetime) })}
      </Text>
      {going ? (
        <>
          <Text role="status" data-testid="run-step">
            {words} ({Math.round(progress * 100)} %)
          </Text>
          <Progress value={progress * 100} size="lg" animated aria-label={t("detection.progress")} />
          <Text c="dimmed">{t("detection.background")}</Text>
        </>
      ) : (
        <Ended run={run.data} />
      )}
      {cancel.error && <ProblemAlert problem={asProblem(cancel.error)} />}
      <Group justify="flex-end">
        {going && may_cancel && (
          <Button
            variant="default"
            onClick={() => cancel.mutate()}
            loading={cancel.isPending}
            data-testid="run-cancel"
          >
            {t("detection.stop")}
          </Button>
        )}
        {!going && (
          <Button variant="default" onClick={onAnother} data-testid="run-another">
            {t("detection.another")}
          </Button>
        )}
        {state === "done" && (
          <Button
            onClick={() => {
              onClose();
              openPage("findings");
            }}
            data-testid="run-findings"
          >
            {t("detection.list")}
          </Button>
        )}
        <Button variant="default" onClick={onClose} data-testid="run-close">
          {t("detection.close")}
        </Button>
      </Group>
    </Stack>
  );
}

/** How a run ended, and what it says about it. */
function Ended({ run }: { run: Run }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { state, findings, parcels } = run;
  const said = lang === "vi" ? run.message_vi : run.message_en;
  const found =
    findings === 0 ? t("detection.foundNone") : t("detection.found", { n: integer(findings, lang) });
  const bad = state === "refused" || state === "failed";
  return (
    <Alert
      color={state === "done" ? "green" : bad ? "red" : "gray"}
      title={t(`detection.states.${state}`)}
      icon={<Icon name={state === "done" ? "check" : "warning"} />}
      role={bad ? "alert" : "status"}
    >
      <Text>{said || (state === "done" && found)}</Text>
      {parcels && (
        <Text data-testid="run-parcels">
          {t("detection.parcels", {
            changed: integer(parcels.changed, lang),
            unchanged: integer(parcels.unchanged, lang),
            hidden: integer(parcels.not_observed, lang),
            small: integer(parcels.below_resolution, lang),
          })}
        </Text>
      )}
    </Alert>
  );
}
