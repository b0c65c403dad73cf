import "../i18n/work";
import { ActionIcon, Button, Checkbox, NativeSelect, SegmentedControl, Text, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRights } from "../api/peopleQueries";
import type { Dossier } from "../api/dossierTypes";
import type { BaUnit, NewRegistration } from "../api/types";
import { day, isoDay } from "../format";
import { partyKind, rightType, shareText } from "../rights/names";
import {
  blank,
  complete,
  inForce,
  registrationOf,
  type Row,
  total,
  type Wish,
  wishOf,
} from "../rights/registration";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import classes from "./Dossier.module.css";

const KINDS = ["person", "organisation", "household", "community"] as const;

/** What the decision writes into the register; `stays`: nothing, and the note says why. Null while something is missing. */
export type Entered = { registration: NewRegistration } | { register_stays: true } | null;

interface Props {
  dossier: Dossier;
  onEntered: (entered: Entered) => void;
}

/** Who holds the land from now on: what is on record, changed by whoever decides. */
export function RegisterFields({ dossier, onEntered }: Props) {
  const { t } = useTranslation();
  const parcel = dossier.parcels.find(({ role }) => role === "subject");
  const [changes, setChanges] = useState(parcel !== undefined);
  useEffect(() => {
    if (!parcel) onEntered({ register_stays: true });
  }, [parcel, onEntered]);
  const choose = (wanted: boolean) => {
    setChanges(wanted);
    onEntered(wanted ? null : { register_stays: true });
  };
  return (
    <fieldset className={classes.register} data-testid="register">
      <legend>{t("dossier.register.title")}</legend>
      <SegmentedControl
        fullWidth
        value={changes ? "changes" : "stays"}
        onChange={(value) => choose(value === "changes")}
        data={[
          { value: "changes", label: t("dossier.register.changes"), disabled: !parcel },
          { value: "stays", label: t("dossier.register.stays") },
        ]}
        data-testid="register-mode"
      />
      {changes && parcel ? (
        <Units dossier={dossier} parcel={parcel.id} onEntered={onEntered} />
      ) : (
        <Text c="dimmed">{t("dossier.register.staysWhy")}</Text>
      )}
    </fieldset>
  );
}

function Units({ dossier, parcel, onEntered }: Props & { parcel: number }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState(0);
  return (
    <Loaded query={useRights(parcel)}>
      {({ ba_units }) => {
        const unit = ba_units[chosen] ?? null;
        return (
          <>
            {ba_units.length > 1 && (
              <NativeSelect
                label={t("dossier.register.unit")}
                value={String(chosen)}
                onChange={(event) => setChosen(Number(event.currentTarget.value))}
                data={ba_units.map((one, index) => ({ value: String(index), label: unitName(one) }))}
              />
            )}
            <Holders key={unit?.id ?? "new"} dossier={dossier} unit={unit} onEntered={onEntered} />
          </>
        );
      }}
    </Loaded>
  );
}

const unitName = ({ id, name, certificates, parcels }: BaUnit): string =>
  [name, certificates.find(inForce)?.serial, parcels.map(({ label }) => label).join(", ")]
    .filter(Boolean)
    .join(" · ") || `#${id}`;

function Holders({ dossier, unit, onEntered }: Props & { unit: BaUnit | null }) {
  const { t } = useTranslation();
  const [wish, setWish] = useState(() =>
    wishOf(unit, t("dossier.register.sourceOf", { code: dossier.code }), isoDay(new Date())),
  );
  const change = (part: Partial<Wish>) => setWish((before) => ({ ...before, ...part }));
  const changeRow = (key: number, part: Partial<Row>) =>
    setWish((before) => ({
      ...before,
      rows: before.rows.map((row) => (row.key === key ? { ...row, ...part } : row)),
    }));
  const subjects = dossier.parcels.filter(({ role }) => role === "subject");
  const place = {
    unit: dossier.parcels[0]?.unit ?? dossier.competent_unit.code,
    parcels: subjects.map(({ id }) => String(id)),
  };
  const made = registrationOf(wish, unit, place);
  const ready = made !== null && complete(wish);
  useEffect(() => {
    onEntered(ready ? { registration: made } : null);
    // `made` follows from the wish
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [wish, ready, onEntered]);
  const sum = total(wish.rows);
  const paper = unit?.certificates.find(inForce);
  const add = () =>
    change({ rows: [...wish.rows, blank(1 + Math.max(...wish.rows.map(({ key }) => key), 0), null)] });
  return (
    <>
      <ul className={classes.holders}>
        {wish.rows.map((row) => (
          <li key={row.key} className={classes.holder} data-stays={row.stays} data-testid="holder">
            {row.kept ? (
              <Kept row={row} onRow={(part) => changeRow(row.key, part)} />
            ) : (
              <Gaining
                row={row}
                applicant={dossier.applicant.name}
                onRow={(part) => changeRow(row.key, part)}
                onRemove={() => change({ rows: wish.rows.filter(({ key }) => key !== row.key) })}
              />
            )}
          </li>
        ))}
      </ul>
      <div className={classes.registerSum}>
        <Button variant="light" leftSection={<Icon name="plus" />} onClick={add} data-testid="holder-add">
          {t("dossier.register.add")}
        </Button>
        <Text c={sum === "1" || sum === "0" ? "dimmed" : "red.8"} data-testid="holder-sum" aria-live="polite">
          {t("dossier.register.sum", { sum: sum ?? "?" })}
        </Text>
      </div>
      {!made && <Text c="red.8">{t("dossier.register.hidden")}</Text>}
      {paper && (
        <Checkbox
          label={t("dossier.register.keepsPaper", { serial: paper.serial })}
          checked={wish.keepsPaper}
          onChange={(event) => change({ keepsPaper: event.currentTarget.checked })}
          data-testid="register-keeps-paper"
        />
      )}
      {!wish.keepsPaper && (
        <div className={classes.registerPair}>
          <TextInput
            label={t("dossier.register.serial")}
            placeholder="AA 06654954"
            value={wish.serial}
            onChange={(event) => change({ serial: event.currentTarget.value })}
            required
            data-testid="register-serial"
          />
          <TextInput
            label={t("dossier.register.book")}
            value={wish.book}
            onChange={(event) => change({ book: event.currentTarget.value })}
          />
          <TextInput
            type="date"
            label={t("dossier.register.issuedOn")}
            value={wish.issuedOn}
            onChange={(event) => change({ issuedOn: event.currentTarget.value })}
            required
          />
        </div>
      )}
      <div className={classes.registerPair}>
        <TextInput
          label={t("dossier.register.source")}
          value={wish.source}
          onChange={(event) => change({ source: event.currentTarget.value })}
          required
          data-testid="register-source"
        />
        <TextInput
          type="date"
          label={t("dossier.register.validFrom")}
          value={wish.validFrom}
          onChange={(event) => change({ validFrom: event.currentTarget.value })}
          required
        />
      </div>
    </>
  );
}

interface RowProps {
  row: Row;
  onRow: (part: Partial<Row>) => void;
}

/** Somebody on record, who keeps the right, or a part of it, or gives it up. */
function Kept({ row, onRow }: RowProps) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const right = row.kept;
  if (!right) return null;
  return (
    <div className={classes.registerLine}>
      <div>
        <Text fw={600} td={row.stays ? undefined : "line-through"}>
          {right.party?.name ?? rightType(right, lang)}
        </Text>
        <Text c="dimmed">
          {[
            right.party && rightType(right, lang),
            shareText(right.share, t),
            right.valid_from && t("rights.from", { date: day(right.valid_from) }),
          ]
            .filter(Boolean)
            .join(" · ")}
        </Text>
      </div>
      {right.kind === "right" && row.stays && <Share row={row} onRow={onRow} />}
      <Button
        variant="default"
        onClick={() => onRow({ stays: !row.stays })}
        aria-pressed={!row.stays}
        data-testid="holder-ends"
      >
        {t(row.stays ? "dossier.register.ends" : "dossier.register.goesOn")}
      </Button>
    </div>
  );
}

interface GainingProps extends RowProps {
  applicant: string | null;
  onRemove: () => void;
}

/** Somebody who gets a right; who is on record under the number is found by it. */
function Gaining({ row, applicant, onRow, onRemove }: GainingProps) {
  const { t } = useTranslation();
  return (
    <>
      <div className={classes.registerLine}>
        <TextInput
          label={t("dossier.register.name")}
          value={row.name}
          onChange={(event) => onRow({ name: event.currentTarget.value })}
          required
          className={classes.grow}
          data-testid="holder-name"
        />
        <Share row={row} onRow={onRow} />
        <ActionIcon
          variant="default"
          size="input-sm"
          onClick={onRemove}
          aria-label={t("dossier.register.remove")}
          title={t("dossier.register.remove")}
        >
          <Icon name="close" />
        </ActionIcon>
      </div>
      {applicant && !row.name && (
        <Button variant="subtle" size="compact-md" onClick={() => onRow({ name: applicant })}>
          {t("dossier.register.applicant", { name: applicant })}
        </Button>
      )}
      <div className={classes.registerPair}>
        <NativeSelect
          label={t("dossier.register.kind")}
          value={row.kind}
          onChange={(event) => onRow({ kind: event.currentTarget.value as Row["kind"] })}
          data={KINDS.map((value) => ({ value, label: partyKind(value, t) }))}
        />
        {(row.kind === "person" || row.kind === "organisation") && (
          <TextInput
            label={t(
              row.kind === "person" ? "rights.field.identity_number" : "dossier.register.organisation",
            )}
            value={row.number}
            inputMode={row.kind === "person" ? "numeric" : "text"}
            autoComplete="off"
            onChange={(event) => onRow({ number: event.currentTarget.value })}
            data-testid="holder-number"
          />
        )}
        <TextInput
          label={t("rights.field.address")}
          value={row.address}
          autoComplete="off"
          onChange={(event) => onRow({ address: event.currentTarget.value })}
        />
      </div>
    </>
  );
}

function Share({ row, onRow }: RowProps) {
  const { t } = useTranslation();
  return (
    <TextInput
      label={t("dossier.register.share")}
      value={row.share}
      onChange={(event) => onRow({ share: event.currentTarget.value })}
      w="5.5rem"
      required
      data-testid="holder-share"
    />
  );
}
