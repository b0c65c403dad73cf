import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "../ui/icons";
import { useEditing } from "./context";
import { isWaiting } from "./machine";

/** Takes a whole change set back, as a new change that is previewed like every other. */
export function RevertButton({ seq }: { seq: number }) {
  const { t } = useTranslation();
  const { allowed, revert, state } = useEditing();
  if (!allowed) return null;
  return (
    <Button
      variant="subtle"
      px="xs"
      leftSection={<Icon name="undo" />}
      disabled={isWaiting(state)}
      onClick={() => revert(seq)}
      data-testid="revert"
    >
      {t("history.revert")}
    </Button>
  );
}
