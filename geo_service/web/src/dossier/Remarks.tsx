import { Button, Group, NativeSelect, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { forgetDossier } from "../api/dossierQueries";
import { dossiers } from "../api/dossiers";
import { useSession } from "../api/queries";
import type { Dossier, Remark } from "../api/dossierTypes";
import { boundsOf } from "../editing/drawing";
import { dateTime, length } from "../format";
import { useMap } from "../map/context";
import { may } from "../session/may";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Dossier.module.css";
import { DOSSIER_PANEL } from "./DossierOnMap";
import { Part } from "./FormTab";
import { showRemark } from "./remarked";
import type { Side } from "./sides";
import { usePickSide } from "./usePickSide";

/** Words about the map of the dossier, each on a side of a parcel or on all of it. */
export function Remarks({ dossier, sides }: { dossier: Dossier; sides: readonly Side[] }) {
  const { t } = useTranslation();
  const [writing, setWriting] = useState(false);
  const user = useSession().data?.user;
  const officer = [dossier.received_unit, dossier.competent_unit].some(({ code }) =>
    may(user, "dossier.read", code),
  );
  return (
    <Part title={t("dossier.remarks.title")}>
      {dossier.remarks.length > 0 ? (
        <ol className={classes.plain} data-testid="remarks">
          {dossier.remarks.map((remark, index) => (
            <li key={remark.id}>
              {/* to an applicant only the own remarks bear a name */}
              <RemarkItem
                dossier={dossier.id}
                remark={remark}
                n={index + 1}
                settles={officer || remark.author !== ""}
              />
            </li>
          ))}
        </ol>
      ) : (
        <Text c="dimmed">{t("dossier.remarks.none")}</Text>
      )}
      {writing ? (
        <NewRemark dossier={dossier.id} sides={sides} onDone={() => setWriting(false)} />
      ) : (
        <Button
          variant="light"
          leftSection={<Icon name="comment" />}
          onClick={() => setWriting(true)}
          data-testid="remark-new"
        >
          {t("dossier.remarks.new")}
        </Button>
      )}
    </Part>
  );
}

interface ItemProps {
  dossier: string;
  remark: Remark;
  n: number;
  /** whether the reader may mark it as dealt with */
  settles: boolean;
}

function RemarkItem({ dossier, remark, n, settles }: ItemProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const controller = useMap();
  const { id, text, author, at, line, resolved_at } = remark;
  const resolve = useMutation({
    mutationFn: () => dossiers.resolveRemark(id),
    onSettled: () => forgetDossier(client, dossier),
  });
  const show = () => {
    const bounds = boundsOf({
      type: "FeatureCollection",
      features: [
        { type: "Feature", geometry: { type: "LineString", coordinates: line ?? [] }, properties: null },
      ],
    });
    showRemark(id);
    if (bounds) controller.fly({ bounds }, DOSSIER_PANEL);
  };
  return (
    <div
      className={classes.remark}
      onMouseEnter={() => showRemark(id)}
      onMouseLeave={() => showRemark(null)}
      data-testid={`remark-${id}`}
    >
      <span className={classes.marker} data-resolved={resolved_at !== null} aria-hidden="true">
        {n}
      </span>
      <div className={classes.grow}>
        <Text td={resolved_at ? "line-through" : undefined}>{text}</Text>
        <Text c="dimmed">{[author, dateTime(at)].filter(Boolean).join(" · ")}</Text>
        <Group gap="sm">
          {line && (
            <button type="button" className={classes.link} onClick={show}>
              {t("dossier.remarks.show")}
            </button>
          )}
          {resolved_at === null && settles && (
            <button
              type="button"
              className={classes.link}
              onClick={() => resolve.mutate()}
              disabled={resolve.isPending}
            >
              {t("dossier.remarks.resolve")}
            </button>
          )}
          {resolved_at !== null && (
            <span className={classes.state}>
              <Icon name="check" size={16} /> {t("dossier.remarks.resolved")}
            </span>
          )}
        </Group>
        {resolve.error && <ProblemAlert problem={asProblem(resolve.error)} />}
      </div>
    </div>
  );
}

interface NewProps {
  dossier: string;
  sides: readonly Side[];
  onDone: () => void;
}

function NewRemark({ dossier, sides, onDone }: NewProps) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  const [side, setSide] = useState<Side | null>(null);
  const [text, setText] = useState("");
  usePickSide(sides, side, setSide);
  const save = useMutation({
    mutationFn: () => dossiers.remark(dossier, text.trim(), side?.parcel ?? null, side?.mm ?? null),
    onSuccess: onDone,
    onSettled: () => forgetDossier(client, dossier),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm" data-testid="remark-form">
        <Text>{t("dossier.remarks.pick")}</Text>
        <NativeSelect
          label={t("dossier.remarks.side")}
          value={side ? String(sides.indexOf(side)) : ""}
          onChange={(event) => setSide(sides[Number(event.currentTarget.value || "NaN")] ?? null)}
          data={[
            { value: "", label: t("dossier.remarks.whole") },
            ...sides.map(({ label, n, length_m }, index) => ({
              value: String(index),
              label: t("dossier.remarks.sideName", { label, n, length: length(length_m, lang) }),
            })),
          ]}
          data-testid="remark-side"
        />
        <Textarea
          label={t("dossier.remarks.text")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          autosize
          minRows={2}
          required
          data-testid="remark-text"
        />
        {save.error && <ProblemAlert problem={asProblem(save.error)} />}
        <div className={classes.dialogActions}>
          <Button variant="default" onClick={onDone}>
            {t("edit.cancel")}
          </Button>
          <Button type="submit" loading={save.isPending} disabled={!text.trim()} data-testid="remark-save">
            {t("dossier.remarks.save")}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
