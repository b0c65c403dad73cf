import { Alert, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Draft } from "../api/types";
import { Icon } from "../ui/icons";

/** The draft is with the approvers; the map is as it was. */
export function SubmittedPanel({ draft }: { draft: Draft }) {
  const { t } = useTranslation();
  return (
    <Alert
      color="green"
      icon={<Icon name="check" />}
      title={t("submitted.title")}
      role="status"
      data-testid="submitted"
      data-draft={draft.id}
    >
      <Text>{t("submitted.text")}</Text>
    </Alert>
  );
}
