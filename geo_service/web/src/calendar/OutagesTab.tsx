import { Badge, Button, Checkbox, Group, MultiSelect, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { calendar } from "../api/administration";
import { useCatalogue, useOutages } from "../api/administrationQueries";
import type { NewOutage, Outage, OutageChange } from "../api/administrationTypes";
import { nameOf } from "../catalogue/words";
import { dateTime } from "../format";
import { useView } from "../state/view";
import { fold } from "../ui/fold";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import table from "../ui/Table.module.css";
import classes from "./Calendar.module.css";
import { Consequences } from "./Consequences";
import { useTwoSteps } from "./useTwoSteps";
import { hanoiField, hanoiMoment } from "./year";

/** When the system was or will be down: announced, clocks stand still meanwhile. */
export function OutagesTab() {
  const { t } = useTranslation();
  const outages = useOutages();
  const [adding, setAdding] = useState(false);
  const [changing, setChanging] = useState<number | null>(null);
  return (
    <Card
      title={t("administration.calendar.outages")}
      aside={
        !adding && (
          <Button
            variant="light"
            leftSection={<Icon name="plus" />}
            onClick={() => setAdding(true)}
            data-testid="add-outage"
          >
            {t("administration.calendar.addOutage")}
          </Button>
        )
      }
    >
      <p className={classes.dimmed}>{t("administration.calendar.outagesWhat")}</p>
      {adding && <NewOutageForm onDone={() => setAdding(false)} />}
      <Loaded query={outages}>
        {({ items }) =>
          items.length ? (
            <table className={table.table} data-testid="outages">
              <thead>
                <tr>
                  <th scope="col">{t("administration.calendar.fromTo")}</th>
                  <th scope="col">{t("administration.calendar.about")}</th>
                  <th scope="col">{t("administration.calendar.outageNote")}</th>
                  <th scope="col">{t("administration.standing")}</th>
                  <th scope="col" aria-label={t("administration.moreActions")} />
                </tr>
              </thead>
              <tbody>
                {items.map((one) => (
                  <Row
                    key={one.id}
                    one={one}
                    open={changing === one.id}
                    onOpen={(open) => setChanging(open ? one.id : null)}
                  />
                ))}
              </tbody>
            </table>
          ) : (
            t("administration.calendar.noOutages")
          )
        }
      </Loaded>
    </Card>
  );
}

function Row({ one, open, onOpen }: { one: Outage; open: boolean; onOpen: (open: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <tr>
        <td data-label={t("administration.calendar.fromTo")}>
          {dateTime(one.from)} – {dateTime(one.until)}
        </td>
        <td data-label={t("administration.calendar.about")}>
          {one.procedures?.join(", ") ?? t("administration.calendar.allProcedures")}
        </td>
        <td data-label={t("administration.calendar.outageNote")}>{one.note}</td>
        <td data-label={t("administration.standing")}>
          <Standing one={one} />
        </td>
        <td className={table.actions}>
          {one.withdrawn_at === null && (
            <Button
              variant="subtle"
              px="xs"
              aria-expanded={open}
              onClick={() => onOpen(!open)}
              data-testid={`outage-${one.id}`}
            >
              {t("administration.calendar.change")}
            </Button>
          )}
        </td>
      </tr>
      {open && (
        <tr>
          <td colSpan={5}>
            <ChangeForm one={one} onDone={() => onOpen(false)} />
          </td>
        </tr>
      )}
    </>
  );
}

function Standing({ one }: { one: Outage }) {
  const { t } = useTranslation();
  if (one.withdrawn_at !== null) {
    return (
      <Badge variant="light" color="gray">
        {t("administration.calendar.withdrawn")}
      </Badge>
    );
  }
  if (one.announced_at === null) {
    return (
      <Badge variant="light" color="yellow">
        {t("administration.calendar.notAnnounced")}
      </Badge>
    );
  }
  return (
    <span className={classes.marks}>
      <Badge variant="light" color="green">
        {t("administration.calendar.announced")}
      </Badge>
      {one.notice_days !== null && t("administration.calendar.notice", { count: one.notice_days })}
    </span>
  );
}

function NewOutageForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const procedures = useCatalogue().data?.items ?? [];
  const [from, setFrom] = useState("");
  const [until, setUntil] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const [note, setNote] = useState("");
  const [announced, setAnnounced] = useState(true);
  const steps = useTwoSteps<NewOutage>(calendar.addOutage, onDone);
  const changed =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      steps.forget();
      set(value);
    };
  const wish: NewOutage | null =
    from && until && note.trim()
      ? {
          from: hanoiMoment(from),
          until: hanoiMoment(until),
          procedures: chosen.length ? chosen : null,
          note: note.trim(),
          announced,
        }
      : null;
  return (
    <div className={classes.inner} data-testid="outage-form">
      <div className={classes.fields}>
        <TextInput
          type="datetime-local"
          label={t("administration.calendar.outageFrom")}
          value={from}
          onChange={(event) => changed(setFrom)(event.currentTarget.value)}
          required
          data-testid="outage-from"
        />
        <TextInput
          type="datetime-local"
          label={t("administration.calendar.outageUntil")}
          value={until}
          min={from}
          onChange={(event) => changed(setUntil)(event.currentTarget.value)}
          required
          data-testid="outage-until"
        />
        <MultiSelect
          label={t("administration.calendar.about")}
          placeholder={chosen.length ? undefined : t("administration.calendar.allProcedures")}
          value={chosen}
          onChange={changed(setChosen)}
          data={procedures.map((one) => ({ value: one.code, label: `${one.code} · ${nameOf(one, lang)}` }))}
          filter={({ options, search }) =>
            options.filter((one) => "label" in one && fold(one.label).includes(fold(search)))
          }
          searchable
          clearable
          nothingFoundMessage={t("administration.nothingFound")}
        />
        <Textarea
          className={classes.wide}
          label={t("administration.calendar.outageNote")}
          value={note}
          autosize
          minRows={2}
          onChange={(event) => changed(setNote)(event.currentTarget.value)}
          required
          data-testid="outage-note"
        />
        <Checkbox
          className={classes.wide}
          label={t("administration.calendar.announceNow")}
          description={t("administration.calendar.announceWhat")}
          checked={announced}
          onChange={(event) => changed(setAnnounced)(event.currentTarget.checked)}
        />
      </div>
      <Consequences
        steps={steps}
        wish={wish}
        label={t("administration.calendar.confirmOutage")}
        onCancel={onDone}
      />
    </div>
  );
}

function ChangeForm({ one, onDone }: { one: Outage; onDone: () => void }) {
  const { t } = useTranslation();
  const [until, setUntil] = useState(hanoiField(one.until));
  const [what, setWhat] = useState<"end" | "announce" | "withdraw">("end");
  const steps = useTwoSteps<OutageChange>(
    (wish, preview) => calendar.changeOutage(one.id, wish, preview),
    onDone,
  );
  const wish: OutageChange | null =
    what === "withdraw"
      ? { withdrawn: true }
      : what === "announce"
        ? { announced: true }
        : until
          ? { until: hanoiMoment(until) }
          : null;
  const choose = (next: typeof what) => {
    steps.forget();
    setWhat(next);
  };
  return (
    <div className={classes.inner}>
      <Group align="flex-end">
        <Button
          variant={what === "end" ? "light" : "subtle"}
          onClick={() => choose("end")}
          aria-pressed={what === "end"}
        >
          {t("administration.calendar.moveEnd")}
        </Button>
        {one.announced_at === null && (
          <Button
            variant={what === "announce" ? "light" : "subtle"}
            onClick={() => choose("announce")}
            aria-pressed={what === "announce"}
          >
            {t("administration.calendar.announce")}
          </Button>
        )}
        <Button
          variant={what === "withdraw" ? "light" : "subtle"}
          color="red"
          onClick={() => choose("withdraw")}
          aria-pressed={what === "withdraw"}
        >
          {t("administration.calendar.withdraw")}
        </Button>
      </Group>
      {what === "end" && (
        <TextInput
          mt="sm"
          maw="18rem"
          type="datetime-local"
          label={t("administration.calendar.outageUntil")}
          value={until}
          onChange={(event) => {
            steps.forget();
            setUntil(event.currentTarget.value);
          }}
        />
      )}
      <Consequences
        steps={steps}
        wish={wish}
        danger={what === "withdraw"}
        label={t(`administration.calendar.do.${what}`)}
        onCancel={onDone}
      />
    </div>
  );
}
