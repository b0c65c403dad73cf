import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { useEditing } from "./context";

/** The way from a parcel to the tools, for officers. */
export function EditHere() {
  const { t } = useTranslation();
  const { allowed, open, setOpen } = useEditing();
  // a dossier has a drawing of its own
  const inDossier = useView((v) => v.page === "dossier");
  if (!allowed || open || inDossier) return null;
  return (
    <Button
      variant="light"
      ml="auto"
      leftSection={<Icon name="pencil" />}
      onClick={() => setOpen(true)}
      data-testid="edit-here"
    >
      {t("edit.here")}
    </Button>
  );
}
