import { Anchor, Group, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Parcel, ParcelRef } from "../api/types";
import { area, areaChange, dateTime, exactArea, integer } from "../format";
import { soften } from "../map/palette";
import { selectParcel, useView } from "../state/view";
import { CopyText } from "../ui/CopyText";
import classes from "./Facts.module.css";
import { unitName } from "./names";

export function Facts({ parcel }: { parcel: Parcel }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const { official_area_m2: official, computed_area_m2: computed, land_use: use, version } = parcel;
  return (
    <Stack gap="md">
      <div className={classes.areas}>
        <Figure label={t("facts.official")} value={official === null ? "—" : area(official, lang)} strong />
        <Figure label={t("facts.computed")} value={exactArea(computed, lang)} />
        {official !== null && (
          <Figure label={t("facts.difference")} value={areaChange(computed - official, lang)} />
        )}
      </div>
      <dl className={classes.list}>
        <Row name={t("facts.code")}>
          {parcel.code ? (
            <Group gap={4} wrap="nowrap">
              <code className={classes.code} data-testid="parcel-code">
                {parcel.code}
              </code>
              <CopyText text={parcel.code} data-testid="copy-code" />
            </Group>
          ) : (
            t("facts.noCode")
          )}
        </Row>
        {use && (
          <Row name={t("facts.landUse")}>
            <span className={classes.swatch} style={{ background: soften(use.color) }} />
            <b>{use.code}</b> · {lang === "vi" ? use.name_vi : use.name_en}
          </Row>
        )}
        {parcel.unit && (
          <Row name={t("facts.unit")}>
            {unitName(parcel.unit)} ({parcel.unit.code})
          </Row>
        )}
        {parcel.sheet && <Row name={t("facts.sheet")}>{parcel.sheet}</Row>}
        {parcel.number && <Row name={t("facts.number")}>{parcel.number}</Row>}
        {parcel.address && <Row name={t("facts.address")}>{parcel.address}</Row>}
        <Row name={t("facts.since")}>
          {dateTime(version.from)} · {t("live.seq")} {integer(version.seq_from, lang)}
        </Row>
        {version.to && version.seq_to !== null && (
          <Row name={t("facts.until")}>
            {dateTime(version.to)} · {t("live.seq")} {integer(version.seq_to, lang)}
          </Row>
        )}
        <Row name={t("facts.id")}>{parcel.id}</Row>
        {parcel.source_id && <Row name={t("facts.source")}>{parcel.source_id}</Row>}
        <Links name={t("facts.parts")} items={parcel.parts} />
        <Links name={t("facts.successors")} items={parcel.successors} />
        <Links name={t("facts.predecessors")} items={parcel.predecessors ?? []} />
      </dl>
    </Stack>
  );
}

function Figure({ label, value, strong }: { label: string; value: string; strong?: boolean }) {
  return (
    <div>
      <Text c="dimmed">{label}</Text>
      <Text fw={strong ? 600 : 500} size={strong ? "xl" : "md"} className={classes.number}>
        {value}
      </Text>
    </div>
  );
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Links({ name, items }: { name: string; items: ParcelRef[] }) {
  if (!items.length) return null;
  return (
    <Row name={name}>
      {items.map((item) => (
        <Anchor
          key={item.id}
          component="button"
          type="button"
          mr="xs"
          onClick={() => selectParcel(item.code ?? item.id)}
        >
          {item.label || `#${item.id}`}
        </Anchor>
      ))}
    </Row>
  );
}
