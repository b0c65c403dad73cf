import { Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useDossierMap } from "../api/dossierQueries";
import type { Dossier, DossierMap } from "../api/dossierTypes";
import { useReviewed } from "../approvals/reviewed";
import { Loaded } from "../ui/Loaded";
import { Compare } from "./Compare";
import { Drawing } from "./Drawing";
import { Part } from "./FormTab";
import { Remarks } from "./Remarks";
import { sidesOf } from "./sides";

/** The drawing of the dossier, its parcels then and now, and words about them. */
export function MapTab({ dossier }: { dossier: Dossier }) {
  const { t } = useTranslation();
  const query = useDossierMap(dossier.id);
  const reviewed = useReviewed();
  const proposed = reviewed && reviewed.draft === dossier.draft?.id ? reviewed.created : null;
  const now = query.data?.now;
  const sides = useMemo(
    () =>
      sidesOf([
        ...(now?.features.map(({ properties }) => properties) ?? []),
        ...(proposed?.features
          .filter(({ properties }) => properties.role === "subject")
          .map(({ properties: { id, label, rings } }) => ({ id, label, rings: rings ?? [] })) ?? []),
      ]),
    [now, proposed],
  );
  const waiting = dossier.draft?.status === "open" || dossier.draft?.status === "submitted";
  return (
    <Stack gap="lg" data-testid="dossier-map">
      <Loaded query={query}>
        {(map) => (
          <>
            <Drawing dossier={dossier} />
            {!waiting && map.then.features.length > 0 && (
              <Part title={t("dossier.thenAndNow")}>
                {unchanged(map) ? (
                  <Text c="dimmed">{t("dossier.sameMap")}</Text>
                ) : (
                  <Compare
                    pictures={[
                      { name: "then", faces: map.then },
                      { name: "now", faces: map.now },
                    ]}
                  />
                )}
              </Part>
            )}
          </>
        )}
      </Loaded>
      <Remarks dossier={dossier} sides={sides} />
    </Stack>
  );
}

/** Whether every parcel lies as it did when it was bound. */
function unchanged({ then, now }: DossierMap): boolean {
  const corners = (map: DossierMap["now"]) =>
    map.features
      .map(
        ({ properties: { id, rings } }) =>
          `${id}:${JSON.stringify(rings.map((ring) => ring.map(({ mm }) => mm)))}`,
      )
      .sort()
      .join();
  return corners(then) === corners(now);
}
