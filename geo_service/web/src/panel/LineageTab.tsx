import { Anchor, Loader, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { useEverHere, useLineage } from "../api/queries";
import type { BriefParcel, Parcel } from "../api/types";
import { area, integer } from "../format";
import { selectParcel, useView, view } from "../state/view";
import { ProblemAlert } from "../ui/ProblemAlert";
import { insidePoint } from "./inside";
import classes from "./Lineage.module.css";
import { LineageGraph } from "./LineageGraph";

export function LineageTab({ parcel }: { parcel: Parcel }) {
  const { t } = useTranslation();
  const lineage = useLineage(parcel.id, true);
  return (
    <Stack>
      <Title order={3} size="h5">
        {t("lineage.title")}
      </Title>
      {lineage.isPending && <Loader />}
      {lineage.error && <ProblemAlert problem={asProblem(lineage.error)} />}
      {lineage.data?.edges.length === 0 && <Text c="dimmed">{t("lineage.none")}</Text>}
      {lineage.data && lineage.data.edges.length > 0 && (
        <LineageGraph lineage={lineage.data} current={parcel.id} />
      )}
      <EverHere parcel={parcel} />
    </Stack>
  );
}

/** Everything that ever lay at a place inside the parcel, newest first. */
function EverHere({ parcel }: { parcel: Parcel }) {
  const { t } = useTranslation();
  const ever = useEverHere(insidePoint(parcel.geometry));
  return (
    <section>
      <Title order={3} size="h5" mb="xs">
        {t("lineage.everHere")}
      </Title>
      {ever.isPending && <Loader />}
      {ever.error && <ProblemAlert problem={asProblem(ever.error)} />}
      <ul className={classes.ever}>
        {ever.data?.items.map((item) => (
          <li key={`${item.id}/${item.seq_from}`}>
            <Once item={item} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Once({ item }: { item: BriefParcel }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const label = item.label || (item.number ? `${item.sheet ?? "?"}/${item.number}` : `#${item.id}`);
  const until = item.seq_to === null ? t("lineage.now") : integer(item.seq_to, lang);
  return (
    <>
      <Anchor
        component="button"
        type="button"
        onClick={() => {
          if (item.seq_to !== null) view.set({ at: item.seq_from });
          selectParcel(item.code ?? item.id);
        }}
      >
        {item.kind === "land" ? label : t(`kind.${item.kind}`)}
      </Anchor>
      <Text component="span" c="dimmed">
        {" "}
        · {t("live.seq")} {integer(item.seq_from, lang)} – {until}
        {item.computed_area_m2 !== undefined && ` · ${area(item.computed_area_m2, lang)}`}
      </Text>
    </>
  );
}
