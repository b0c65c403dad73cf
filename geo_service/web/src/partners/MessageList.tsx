import { Alert, Badge, Button, Group, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { partners } from "../api/administration";
import { PARTNER_DATA } from "../api/administrationQueries";
import type { PartnerMessage } from "../api/administrationTypes";
import { asProblem } from "../api/client";
import { dateTime, integer } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import { When } from "../ui/When";
import classes from "./Partners.module.css";
import { contentRows, kindName, partnerName, saidText, STATE_COLOURS } from "./words";

/** Messages in a list; each opens into what it says and what can be done with it. */
export function MessageList({ items, empty }: { items: readonly PartnerMessage[]; empty: string }) {
  const [open, setOpen] = useState<string | null>(null);
  if (!items.length) return <p className={classes.dimmed}>{empty}</p>;
  return (
    <ul className={classes.list} data-testid="messages">
      {items.map((one) => (
        <Message
          key={one.id}
          one={one}
          open={open === one.id}
          onOpen={() => setOpen(open === one.id ? null : one.id)}
        />
      ))}
    </ul>
  );
}

function Message({ one, open, onOpen }: { one: PartnerMessage; open: boolean; onOpen: () => void }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  return (
    <li className={classes.message} data-state={one.state} data-testid={`message-${one.id}`}>
      <button
        type="button"
        className={classes.head}
        aria-expanded={open}
        onClick={onOpen}
        data-testid={`open-${one.id}`}
      >
        <span className={classes.turn}>
          <Icon name="right" />
        </span>
        <span className={classes.what}>
          <b>{kindName(one.kind, t)}</b>
          <span>
            {t(one.direction === "out" ? "administration.partners.to" : "administration.partners.from", {
              partner: partnerName(one.partner, t),
            })}
            {one.dossier && ` · ${one.dossier}`}
          </span>
          {one.error && <span className={classes.error}>{saidText(one.error, lang)}</span>}
        </span>
        <span className={classes.side}>
          <Badge variant="light" color={STATE_COLOURS[one.state]}>
            {t(`administration.messageState.${one.state}`)}
          </Badge>
          <When at={one.made_at} />
        </span>
      </button>
      {open && <Content one={one} />}
    </li>
  );
}

function Content({ one }: { one: PartnerMessage }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const facts: [string, string | null][] = [
    [t("administration.partners.messageId"), one.message],
    [t("administration.partners.tries"), integer(one.tries, lang)],
    [t("administration.partners.nextAt"), one.next_at && dateTime(one.next_at)],
    [t("administration.partners.doneAt"), one.done_at && dateTime(one.done_at)],
    [t("administration.partners.detail"), one.error?.detail || null],
  ];
  return (
    <div className={classes.content}>
      <dl className={classes.facts}>
        {facts.map(([name, value]) => value && <Row key={name} name={name} value={value} />)}
      </dl>
      <Json title={t("administration.partners.content")} content={one.body} />
      {one.answer && <Json title={t("administration.partners.answer")} content={one.answer} />}
      {(one.state === "dead" || one.state === "waiting") && <Settle one={one} />}
    </div>
  );
}

function Row({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function Json({ title, content }: { title: string; content: Record<string, unknown> }) {
  const rows = contentRows(content);
  if (!rows.length) return null;
  return (
    <details className={classes.json}>
      <summary>{title}</summary>
      <dl className={classes.facts}>
        {rows.map(([name, value]) => (
          <Row key={name} name={name} value={value} />
        ))}
      </dl>
    </details>
  );
}

/** Try it again at once, or settle it by hand with a word why. */
function Settle({ one }: { one: PartnerMessage }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [dropping, setDropping] = useState(false);
  const [note, setNote] = useState("");
  const again = () => client.invalidateQueries({ queryKey: PARTNER_DATA });
  const retry = useMutation({ mutationFn: () => partners.retry(one.id), onSuccess: again });
  const drop = useMutation({ mutationFn: () => partners.drop(one.id, note.trim()), onSuccess: again });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    drop.mutate();
  };
  const error = retry.error ?? drop.error;
  return (
    <form onSubmit={submit}>
      {error && <ProblemAlert problem={asProblem(error)} />}
      {retry.isSuccess && (
        <Alert color="green" icon={<Icon name="check" />} role="status" mb="xs">
          {t("administration.partners.retried")}
        </Alert>
      )}
      {dropping ? (
        <>
          <Textarea
            label={t("administration.partners.dropNote")}
            description={t("administration.partners.dropWhat")}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
            autosize
            minRows={2}
            required
            data-autofocus
            data-testid={`drop-note-${one.id}`}
          />
          <Group mt="xs">
            <Button
              type="submit"
              color="red"
              loading={drop.isPending}
              disabled={note.trim().length < 5}
              data-testid={`drop-confirm-${one.id}`}
            >
              {t("administration.partners.dropConfirm")}
            </Button>
            <Button variant="default" onClick={() => setDropping(false)}>
              {t("edit.cancel")}
            </Button>
          </Group>
        </>
      ) : (
        <Group>
          <Button
            leftSection={<Icon name="redo" />}
            loading={retry.isPending}
            onClick={() => retry.mutate()}
            data-testid={`retry-${one.id}`}
          >
            {t("administration.partners.retry")}
          </Button>
          <Button
            variant="light"
            color="red"
            onClick={() => setDropping(true)}
            data-testid={`drop-${one.id}`}
          >
            {t("administration.partners.drop")}
          </Button>
        </Group>
      )}
    </form>
  );
}
