import "../i18n/imagery";
import {
  Alert,
  Button,
  Checkbox,
  Group,
  Modal,
  NativeSelect,
  Progress,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { type Said, sendScene, type Upload } from "../api/imagery";
import { forgetScenes, useUpload } from "../api/imageryQueries";
import type { Problem } from "../api/types";
import { integer, isoDay } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import { imagery } from "./view";
import { SENSORS, sensorName, uploadStep } from "./words";

const ACCEPTED = ".tif,.tiff,.jp2,.img,.vrt,.zip,.tar,.tgz,.gz";
const NOTHING: Said = {
  title: "",
  datetime: "",
  sensor: "",
  licence: "",
  bands: "",
  public: true,
  elsewhere: false,
};

/** Takes a picture in: the file first, then what becomes of it. */
export default function UploadDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [said, setSaid] = useState(NOTHING);
  const [file, setFile] = useState<File | null>(null);
  const [share, setShare] = useState<number | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [taken, setTaken] = useState<Upload | null>(null);
  const breaker = useRef<AbortController | null>(null);

  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!file) return;
    setProblem(null);
    setShare(0);
    breaker.current = new AbortController();
    try {
      setTaken(await sendScene(file, said, setShare, breaker.current.signal));
    } catch (error) {
      if (!(error instanceof DOMException)) setProblem(asProblem(error));
    } finally {
      setShare(null);
    }
  };
  const again = () => {
    setTaken(null);
    setFile(null);
    setSaid(NOTHING);
  };
  return (
    <Modal
      opened
      onClose={() => {
        breaker.current?.abort();
        onClose();
      }}
      title={<b>{t("imageryUpload.title")}</b>}
      size="lg"
      closeButtonProps={{ "aria-label": t("close") }}
    >
      {taken ? (
        <Arrived upload={taken} onAgain={again} onClose={onClose} />
      ) : (
        <form onSubmit={(event) => void send(event)} data-testid="upload-form">
          <Stack>
            <FileField file={file} onFile={setFile} disabled={share !== null} />
            <SaidFields said={said} onChange={(change) => setSaid({ ...said, ...change })} />
            {problem && <ProblemAlert problem={problem} />}
            {share !== null && <Bar label={t("imageryUpload.sending")} share={share} />}
            <Group justify="flex-end">
              <Button
                variant="default"
                onClick={() => (share === null ? onClose() : breaker.current?.abort())}
              >
                {share === null ? t("imageryUpload.close") : t("imageryUpload.stop")}
              </Button>
              <Button type="submit" disabled={!file} loading={share !== null} data-testid="upload-send">
                {t("imageryUpload.send")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function FileField({
  file,
  onFile,
  disabled,
}: {
  file: File | null;
  onFile: (file: File | null) => void;
  disabled: boolean;
}) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const input = useRef<HTMLInputElement>(null);
  return (
    <div>
      <Text fw={500}>{t("imageryUpload.file")}</Text>
      <Text c="dimmed">{t("imageryUpload.fileHint")}</Text>
      <Group mt="xs">
        <Button
          variant="light"
          leftSection={<Icon name="upload" />}
          onClick={() => input.current?.click()}
          disabled={disabled}
          data-autofocus
        >
          {file ? t("imageryUpload.otherFile") : t("imageryUpload.chooseFile")}
        </Button>
        {file && (
          <Text data-testid="upload-file">
            {t("imageryUpload.size", {
              name: file.name,
              mb: integer(Math.ceil(file.size / 1024 ** 2), lang),
            })}
          </Text>
        )}
      </Group>
      <input
        ref={input}
        type="file"
        accept={ACCEPTED}
        hidden
        onChange={(event) => {
          onFile(event.currentTarget.files?.[0] ?? null);
          event.currentTarget.value = "";
        }}
        data-testid="upload-input"
      />
    </div>
  );
}

function SaidFields({ said, onChange }: { said: Said; onChange: (change: Partial<Said>) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput
        label={t("imageryUpload.name")}
        description={t("imageryUpload.nameHint")}
        maxLength={200}
        value={said.title}
        onChange={(event) => onChange({ title: event.currentTarget.value })}
        data-testid="upload-title"
      />
      <TextInput
        type="date"
        label={t("imageryUpload.date")}
        description={t("imageryUpload.dateHint")}
        max={isoDay(new Date())}
        value={said.datetime}
        onChange={(event) => onChange({ datetime: event.currentTarget.value })}
        data-testid="upload-date"
      />
      <NativeSelect
        label={t("imageryUpload.sensor")}
        value={said.sensor}
        onChange={(event) => onChange({ sensor: event.currentTarget.value })}
        data={[
          { value: "", label: t("imageryUpload.sensorAuto") },
          ...SENSORS.map((value) => ({ value, label: sensorName(value) })),
        ]}
        data-testid="upload-sensor"
      />
      <TextInput
        label={t("imageryUpload.licence")}
        description={t("imageryUpload.licenceHint")}
        maxLength={200}
        value={said.licence}
        onChange={(event) => onChange({ licence: event.currentTarget.value })}
        data-testid="upload-licence"
      />
      <TextInput
        label={t("imageryUpload.bands")}
        description={t("imageryUpload.bandsHint")}
        maxLength={200}
        spellCheck={false}
        value={said.bands}
        onChange={(event) => onChange({ bands: event.currentTarget.value.replaceAll(" ", "") })}
        data-testid="upload-bands"
      />
      <Checkbox
        label={t("imageryUpload.public")}
        description={t("imageryUpload.publicOff")}
        checked={said.public}
        onChange={(event) => onChange({ public: event.currentTarget.checked })}
      />
      <Checkbox
        label={t("imageryUpload.elsewhere")}
        checked={said.elsewhere}
        onChange={(event) => onChange({ elsewhere: event.currentTarget.checked })}
        data-testid="upload-elsewhere"
      />
    </>
  );
}

/** A bar with its words, for eyes and for screen readers. */
function Bar({ label, share }: { label: string; share: number }) {
  const value = Math.round(share * 100);
  return (
    <div>
      <Text role="status">
        {label} ({value} %)
      </Text>
      <Progress value={value} size="lg" aria-label={label} />
    </div>
  );
}

function Arrived({ upload, onAgain, onClose }: { upload: Upload; onAgain: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  const now = useUpload(upload.id).data ?? upload;
  const { state, step, progress, scene_id } = now;
  const ended = state !== "queued" && state !== "converting";
  useEffect(() => {
    if (state === "done") void forgetScenes(client);
  }, [client, state]);
  const message = lang === "vi" ? now.message_vi : now.message_en;
  return (
    <Stack data-testid="upload-state" data-state={state}>
      {ended ? (
        <Alert
          color={state === "done" ? "green" : "red"}
          title={t(`imageryUpload.states.${state}`)}
          icon={<Icon name={state === "done" ? "check" : "warning"} />}
          role={state === "done" ? "status" : "alert"}
        >
          {message}
        </Alert>
      ) : (
        <>
          <Bar
            label={[t(`imageryUpload.states.${state}`), uploadStep(step)].filter(Boolean).join(": ")}
            share={progress}
          />
          <Text c="dimmed">{t("imageryUpload.background")}</Text>
        </>
      )}
      <Group justify="flex-end">
        {ended && (
          <Button variant="default" onClick={onAgain}>
            {t("imageryUpload.again")}
          </Button>
        )}
        {scene_id && (
          <Button
            onClick={() => {
              imagery.set({ open: true, mode: "single", scene: scene_id });
              onClose();
            }}
            data-testid="upload-look"
          >
            {t("imageryUpload.look")}
          </Button>
        )}
        <Button variant="default" onClick={onClose} data-testid="upload-close">
          {t("imageryUpload.close")}
        </Button>
      </Group>
    </Stack>
  );
}
