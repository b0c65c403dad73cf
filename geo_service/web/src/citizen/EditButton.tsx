import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "../ui/icons";

/** Back to a step from the summary. */
export function EditButton({ about, onClick }: { about: string; onClick: () => void }) {
  const { t } = useTranslation();
  return (
    <Button
      variant="subtle"
      leftSection={<Icon name="pencil" />}
      onClick={onClick}
      aria-label={`${t("citizen.file.edit")}: ${about}`}
    >
      {t("citizen.file.edit")}
    </Button>
  );
}
