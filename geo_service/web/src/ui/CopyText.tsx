import { ActionIcon, CopyButton, Tooltip } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "./icons";

/** A small button that copies the text beside it. */
export function CopyText({ text, "data-testid": testId }: { text: string; "data-testid"?: string }) {
  const { t } = useTranslation();
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={t(copied ? "facts.copied" : "facts.copy")}>
          <ActionIcon
            variant="subtle"
            color={copied ? "green" : "gray"}
            onClick={copy}
            aria-label={t(copied ? "facts.copied" : "facts.copy")}
            data-testid={testId}
          >
            <Icon name={copied ? "check" : "copy"} />
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
