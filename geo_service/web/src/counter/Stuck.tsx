import { Button, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { useDossier } from "../api/dossierQueries";
import { Refusal } from "../dossier/Refusal";
import { openDossier } from "../state/view";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import type { Entry } from "./entry";
import type { Receiving } from "./useReceiving";

/** Where it stopped, what is done already, and what to do next. */
export function Stuck({ receiving, entry }: { receiving: Receiving; entry: Entry }) {
  const { t } = useTranslation();
  const { opened } = entry;
  const dossier = useDossier(opened).data;
  return (
    <div data-testid="counter-stuck">
      {dossier ? (
        <Refusal error={receiving.error} dossier={dossier} />
      ) : (
        <ProblemAlert problem={asProblem(receiving.error)} />
      )}
      {opened && (
        <Text mt="xs">
          {t("counter.stuck", { code: dossier?.code ?? "" })}{" "}
          <Button
            variant="light"
            leftSection={<Icon name="folder" />}
            onClick={() => openDossier(opened)}
            data-testid="counter-open-stuck"
          >
            {t("edit.toDossier")}
          </Button>
        </Text>
      )}
    </div>
  );
}
