import { Combobox, Loader, Text, TextInput } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import type { SearchItem } from "../api/types";
import { useMap } from "../map/context";
import { selectParcel, useView } from "../state/view";
import { Icon } from "../ui/icons";
import { problemText } from "../ui/problem";
import classes from "./SearchBox.module.css";
import { useSearchField } from "./useSearchField";

const PANEL_WIDTH = 420;

/** One box for everything: code, sheet and number (old or new), unit, coordinates. */
export function SearchBox() {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const controller = useMap();
  const input = useRef<HTMLInputElement>(null);
  const open = (item: SearchItem) => {
    const key = item.code ?? item.parcel_id;
    if (item.type === "parcel" && key !== null) selectParcel(key);
    controller.fly(
      { bounds: item.bounds, lon: item.lon, lat: item.lat, zoom: item.type === "unit" ? 14 : 18 },
      item.type === "parcel" ? PANEL_WIDTH : 0,
    );
    search.combobox.closeDropdown();
    input.current?.blur();
  };
  const search = useSearchField(open);
  const { items, result, settled } = search;

  useHotkeys([["/", () => input.current?.focus()]]);

  return (
    <search className={classes.box}>
      <Combobox store={search.combobox} onOptionSubmit={search.submit}>
        <Combobox.Target>
          <TextInput
            ref={input}
            {...search.field}
            onFocus={() => search.combobox.openDropdown()}
            placeholder={t("search.placeholder")}
            aria-label={t("search.label")}
            leftSection={result.isFetching ? <Loader size={18} /> : <Icon name="search" />}
            size="md"
            radius="xl"
            data-testid="search"
          />
        </Combobox.Target>
        <Combobox.Dropdown hidden={!settled}>
          <Combobox.Options
            mah="min(60vh, 26rem)"
            style={{ overflowY: "auto" }}
            aria-label={t("search.results")}
            inert={!search.current}
          >
            {items.map((item, index) => (
              <Result
                key={`${item.type}/${item.matched}/${item.parcel_id ?? item.title}/${item.lon}`}
                item={item}
                index={index}
              />
            ))}
            {!items.length && !result.isFetching && (
              <Combobox.Empty>
                {result.error
                  ? problemText(asProblem(result.error), lang).title
                  : (result.data?.note ?? t("search.nothing"))}
              </Combobox.Empty>
            )}
            {items.length > 0 && result.data?.note && (
              <Text c="dimmed" px="sm" py={6}>
                {result.data.note}
              </Text>
            )}
          </Combobox.Options>
        </Combobox.Dropdown>
      </Combobox>
    </search>
  );
}

function Result({ item, index }: { item: SearchItem; index: number }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const [title, subtitle] = lang === "vi" ? [item.title, item.subtitle] : [item.title_en, item.subtitle_en];
  return (
    <Combobox.Option value={String(index)} data-testid="search-result">
      <div className={classes.result}>
        <span className={classes.kind} data-type={item.type}>
          {t(`search.type.${item.type}`)}
        </span>
        <span className={classes.words}>
          <b>{title || item.title}</b>
          <span className={classes.subtitle}>
            {subtitle || item.subtitle}
            {item.type === "parcel" && !item.current && <em> · {t("search.retired")}</em>}
            {item.matched === "old_label" && <em> · {t("search.oldLabel")}</em>}
          </span>
        </span>
      </div>
    </Combobox.Option>
  );
}
