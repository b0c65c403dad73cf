import { ActionIcon, Combobox, Loader, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { api } from "../api/endpoints";
import type { Parcel, SearchItem } from "../api/types";
import type { ChosenParcel } from "../citizen/filing";
import { area } from "../format";
import { parcelTitle, unitName } from "../panel/names";
import { useSearchField } from "../search/useSearchField";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Counter.module.css";
import type { PartProps } from "./EntryForm";

const keyOf = (item: Pick<SearchItem, "code" | "parcel_id">) => String(item.code ?? item.parcel_id);

/** Parcels by code, sheet and number (old or new), or address; several for one dossier. */
export function ParcelPart({ entry, faults, onChange }: PartProps) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const client = useQueryClient();
  const { parcels } = entry;
  const add = useMutation({
    mutationFn: (key: string) =>
      client.query({ queryKey: ["parcel", key, null], queryFn: () => api.parcel(key, null) }),
    onSuccess: (parcel) => {
      const chosen = chosenOf(parcel);
      if (parcel.status === "current" && !parcels.some(({ key }) => key === chosen.key)) {
        onChange({ parcels: [...parcels, chosen] });
      }
    },
  });
  const chosenOf = (parcel: Parcel): ChosenParcel => ({
    key: String(parcel.code ?? parcel.id),
    label: parcelTitle(parcel, t),
    unit: parcel.unit?.code ?? null,
    place: [parcel.address, parcel.unit && unitName(parcel.unit)].filter(Boolean).join(", "),
    area_m2: parcel.official_area_m2 ?? parcel.computed_area_m2,
  });
  return (
    <div id="counter-parcels">
      <FindParcel
        error={faults.parcel && t("counter.fault.parcel")}
        busy={add.isPending}
        onChoose={(key) => add.mutate(key)}
      />
      {add.data?.status === "retired" && <Text c="red.8">{t("counter.parcel.retired")}</Text>}
      {add.error && <ProblemAlert problem={asProblem(add.error)} />}
      <ul className={classes.chosen} data-testid="counter-parcels">
        {parcels.map((parcel) => (
          <li key={parcel.key}>
            <Icon name="map" />
            <Text className={classes.grow}>
              <b>{parcel.label}</b>
              {parcel.area_m2 !== null && <> · {area(parcel.area_m2, lang)}</>} · {parcel.key}
              <br />
              <Text component="span" c="dimmed">
                {parcel.place}
              </Text>
            </Text>
            <ActionIcon
              variant="subtle"
              color="red"
              size="lg"
              onClick={() => onChange({ parcels: parcels.filter(({ key }) => key !== parcel.key) })}
              aria-label={t("counter.parcel.drop", { parcel: parcel.label })}
            >
              <Icon name="trash" />
            </ActionIcon>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface FindProps {
  error: string | undefined;
  busy: boolean;
  onChoose: (key: string) => void;
}

function FindParcel({ error, busy, onChoose }: FindProps) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const selected = useView((v) => v.parcel);
  const choose = (item: SearchItem) => {
    onChoose(keyOf(item));
    search.type("");
    search.combobox.closeDropdown();
  };
  const search = useSearchField(choose, ({ type, current }) => type === "parcel" && current);
  const { items, result, settled } = search;
  return (
    <>
      <Combobox store={search.combobox} onOptionSubmit={search.submit}>
        <Combobox.Target>
          <TextInput
            id="counter-parcel"
            label={t("counter.parcel.find")}
            description={t("counter.parcel.hint")}
            {...search.field}
            onFocus={() => items.length && search.combobox.openDropdown()}
            error={error}
            autoComplete="off"
            size="md"
            leftSection={busy || result.isFetching ? <Loader size={18} /> : <Icon name="search" />}
            data-testid="counter-parcel"
          />
        </Combobox.Target>
        <Combobox.Dropdown hidden={!settled}>
          <Combobox.Options mah={320} style={{ overflowY: "auto" }} inert={!search.current}>
            {items.map((item, index) => (
              <Combobox.Option
                key={`${keyOf(item)}/${item.matched}`}
                value={String(index)}
                data-testid="counter-parcel-option"
              >
                <b>{(lang === "vi" ? item.title : item.title_en) || item.title}</b>
                {item.matched === "old_label" && <em> · {t("search.oldLabel")}</em>}
                <br />
                <span className={classes.dimmed}>
                  {[item.code, (lang === "vi" ? item.subtitle : item.subtitle_en) || item.subtitle]
                    .filter(Boolean)
                    .join(" · ")}
                </span>
              </Combobox.Option>
            ))}
            {!items.length && !result.isFetching && (
              <Combobox.Empty>{t("counter.parcel.none")}</Combobox.Empty>
            )}
          </Combobox.Options>
        </Combobox.Dropdown>
      </Combobox>
      {selected && (
        <button type="button" className={classes.link} onClick={() => onChoose(selected)}>
          {t("counter.parcel.fromMap", { parcel: selected })}
        </button>
      )}
    </>
  );
}
