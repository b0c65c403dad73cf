import { ActionIcon, Button, Loader, NativeSelect, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { api } from "../api/endpoints";
import { useMyData } from "../api/peopleQueries";
import { useParcel, useSearch, useUnits } from "../api/queries";
import type { Parcel } from "../api/types";
import { area } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Card } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Citizen.module.css";
import type { ChosenParcel, Filing } from "./filing";
import { StepButtons } from "./StepButtons";
import { parcelName } from "./words";

interface Props {
  needed: boolean;
  filing: Filing;
  /** the account is linked to a person of the register */
  linked: boolean;
  onChange: (filing: Filing) => void;
  onNext: () => void;
}

const keyOf = ({ id, code }: { id: number; code: string | null }) => String(code ?? id);

/** Which land it is about: one's own, the one selected on the map, or one that is looked for. */
export function ParcelsStep({ needed, filing, linked, onChange, onNext }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  const units = useUnits().data?.items ?? [];
  const { parcels } = filing;
  const set = (next: ChosenParcel[]) => onChange({ ...filing, parcels: next });
  const add = useMutation({
    mutationFn: (key: string) =>
      client.query({ queryKey: ["parcel", key, null], queryFn: () => api.parcel(key, null) }),
    onSuccess: (parcel) => {
      if (parcel.status !== "current" || parcel.kind !== "land") return;
      if (!parcels.some(({ key }) => key === keyOf(parcel))) set([...parcels, chosenOf(parcel)]);
    },
  });
  const chosenOf = (parcel: Parcel): ChosenParcel => ({
    key: keyOf(parcel),
    label: t("panel.title", { number: parcel.number ?? "—", sheet: parcel.sheet ?? "—" }),
    unit: parcel.unit?.code ?? null,
    place: parcel.unit ? `${parcel.unit.type} ${parcel.unit.name}` : "",
    area_m2: parcel.official_area_m2 ?? parcel.computed_area_m2,
  });
  const unfit = add.data && (add.data.status !== "current" || add.data.kind !== "land");
  const has = (key: string) => parcels.some((one) => one.key === key);
  const ready = parcels.length > 0 || (!needed && filing.unit !== "");
  return (
    <>
      <Card title={t("citizen.file.chosenParcels")}>
        {!parcels.length && <Text c="dimmed">{t("citizen.file.noParcels")}</Text>}
        <ul className={classes.plain} data-testid="chosen-parcels">
          {parcels.map((parcel) => (
            <li key={parcel.key} className={classes.chosen}>
              <Icon name="check" />
              <span className={classes.grow}>
                <b>{parcel.label}</b>
                {parcel.area_m2 !== null && ` · ${area(parcel.area_m2, lang)}`}
                <span className={classes.small}> · {parcel.place}</span>
              </span>
              <ActionIcon
                variant="subtle"
                color="red"
                size="lg"
                onClick={() => set(parcels.filter(({ key }) => key !== parcel.key))}
                aria-label={t("citizen.file.dropParcel", { parcel: parcel.label })}
              >
                <Icon name="trash" />
              </ActionIcon>
            </li>
          ))}
        </ul>
        {unfit && <Text c="red.9">{t("citizen.file.unfit")}</Text>}
        {add.error && <ProblemAlert problem={asProblem(add.error)} />}
        {!needed && !parcels.length && (
          <NativeSelect
            label={t("citizen.file.unit")}
            value={filing.unit}
            onChange={({ currentTarget }) => onChange({ ...filing, unit: currentTarget.value })}
            data={[
              { value: "", label: "" },
              ...units.map(({ code, type, name }) => ({ value: code, label: `${type} ${name}` })),
            ]}
          />
        )}
      </Card>
      {linked && <OwnParcels has={has} busy={add.isPending} onAdd={add.mutate} />}
      <SelectedOnMap has={has} busy={add.isPending} onAdd={add.mutate} />
      <FindParcel has={has} busy={add.isPending} onAdd={add.mutate} />
      <StepButtons onNext={onNext} disabled={!ready} />
    </>
  );
}

interface Source {
  has: (key: string) => boolean;
  busy: boolean;
  onAdd: (key: string) => void;
}

function OwnParcels({ has, busy, onAdd }: Source) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const data = useMyData();
  const own = new Map(
    data.data?.rights.flatMap(({ parcels, unit_name }) =>
      parcels.map((one) => [keyOf(one), { ...one, unit_name }]),
    ),
  );
  if (data.isPending) return <Loader aria-label={t("loading")} />;
  if (!own.size) return null;
  return (
    <Card title={t("citizen.file.ownParcels")}>
      <ul className={classes.offers} data-testid="own-parcels">
        {[...own].map(([key, { label, unit_name }]) => (
          <li key={key}>
            <Offer
              title={parcelName(label, lang) || key}
              about={unit_name ?? ""}
              taken={has(key)}
              busy={busy}
              onAdd={() => onAdd(key)}
            />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function SelectedOnMap({ has, busy, onAdd }: Source) {
  const { t } = useTranslation();
  const key = useView((v) => v.parcel);
  const parcel = useParcel(key, null).data;
  if (parcel?.status !== "current" || parcel.kind !== "land") return null;
  const title = t("panel.title", { number: parcel.number ?? "—", sheet: parcel.sheet ?? "—" });
  const about = parcel.unit ? `${parcel.unit.type} ${parcel.unit.name}` : "";
  return (
    <Card title={t("citizen.file.onMap")}>
      <Offer
        title={title}
        about={about}
        taken={has(keyOf(parcel))}
        busy={busy}
        onAdd={() => onAdd(keyOf(parcel))}
      />
    </Card>
  );
}

function FindParcel({ has, busy, onAdd }: Source) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), 250);
  const result = useSearch(wanted);
  const found = wanted
    ? (result.data?.items ?? []).filter(({ type, current }) => type === "parcel" && current)
    : [];
  return (
    <Card title={t("citizen.file.find")}>
      <TextInput
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        label={t("citizen.file.findLabel")}
        placeholder={t("citizen.file.findExample")}
        leftSection={result.isFetching ? <Loader size={18} /> : <Icon name="search" />}
        size="md"
        data-testid="find-parcel"
      />
      <ul
        className={classes.offers}
        inert={wanted !== text.trim() || result.isPlaceholderData}
        data-testid="found-parcels"
      >
        {found.map((item) => {
          const key = item.code ?? String(item.parcel_id);
          return (
            <li key={key}>
              <Offer
                title={lang === "vi" ? item.title : item.title_en}
                about={lang === "vi" ? item.subtitle : item.subtitle_en}
                taken={has(key)}
                busy={busy}
                onAdd={() => onAdd(key)}
              />
            </li>
          );
        })}
      </ul>
      {wanted && !result.isFetching && !found.length && (
        <Text>{result.data?.note ?? t("citizen.file.noneFound")}</Text>
      )}
      {result.error && <ProblemAlert problem={asProblem(result.error)} />}
    </Card>
  );
}

interface OfferProps {
  title: string;
  about: string;
  taken: boolean;
  busy: boolean;
  onAdd: () => void;
}

function Offer({ title, about, taken, busy, onAdd }: OfferProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.chosen}>
      <span className={classes.grow}>
        <b>{title}</b>
        <span className={classes.small}> · {about}</span>
      </span>
      <Button
        variant="light"
        leftSection={<Icon name={taken ? "check" : "plus"} />}
        disabled={taken || busy}
        onClick={onAdd}
        aria-label={`${t("citizen.file.add")}: ${title}`}
        data-testid="add-parcel"
      >
        {t(taken ? "citizen.file.added" : "citizen.file.add")}
      </Button>
    </div>
  );
}
