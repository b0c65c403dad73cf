import { ActionIcon, Group, Text, Title } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLandUse } from "../api/queries";
import type { Kind } from "../api/types";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { useMap } from "./context";
import classes from "./Legend.module.css";
import { FACE_LAYERS } from "./layers";
import { KIND_COLOR, soften } from "./palette";

/** Only what is on the screen now, so that the list stays short. */
export function Legend({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const controller = useMap();
  const landUse = useLandUse();
  const [seen, setSeen] = useState<{ uses: ReadonlySet<string>; kinds: ReadonlySet<string> }>({
    uses: new Set(),
    kinds: new Set(),
  });

  useEffect(() => {
    const { map } = controller;
    const look = () => {
      const faces = map.queryRenderedFeatures({ layers: FACE_LAYERS });
      setSeen({
        uses: new Set(
          faces.filter((f) => f.properties.kind === "land").map((f) => String(f.properties.lu ?? "")),
        ),
        kinds: new Set(faces.map((f) => String(f.properties.kind))),
      });
    };
    look();
    map.on("idle", look);
    return () => {
      map.off("idle", look);
    };
  }, [controller]);

  const rows = useMemo(() => {
    const uses = (landUse.data?.items ?? [])
      .filter(({ code }) => seen.uses.has(code))
      .map(({ code, color, name_vi, name_en }) => ({
        code,
        color: soften(color),
        name: lang === "vi" ? name_vi : name_en,
      }));
    const kinds = (Object.keys(KIND_COLOR) as Kind[])
      .filter((kind) => kind !== "land" && seen.kinds.has(kind))
      .map((kind) => ({
        code: "",
        color: KIND_COLOR[kind],
        name: t(`kind.${kind}`),
        hatched: kind === "unassigned" || kind === "disputed",
      }));
    return [...uses.map((use) => ({ ...use, hatched: false })), ...kinds];
  }, [landUse.data, seen, lang, t]);

  return (
    <section className={classes.legend} aria-label={t("legend.title")} data-testid="legend">
      <Group justify="space-between">
        <Title order={2} size="h5">
          {t("legend.title")}
        </Title>
        <ActionIcon variant="subtle" color="gray" onClick={onClose} aria-label={t("close")}>
          <Icon name="close" />
        </ActionIcon>
      </Group>
      <ul className={classes.list}>
        {rows.map(({ code, color, name, hatched }) => (
          <li key={code || name}>
            <span className={classes.swatch} data-hatched={hatched} style={{ backgroundColor: color }} />
            {code && <b>{code}</b>}
            <span>{name}</span>
          </li>
        ))}
      </ul>
      {!rows.length && <Text c="dimmed">{t("legend.empty")}</Text>}
    </section>
  );
}
