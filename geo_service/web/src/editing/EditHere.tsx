import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "../ui/icons";
import { useEditing } from "./context";

/** The way from a parcel to the tools, for officers. */
export function EditHere() {
  const { t } = useTranslation();
  const { allowed, open, setOpen } = useEditing();
  if (!allowed || open) return null;
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
