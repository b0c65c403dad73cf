import { Alert, Button, Checkbox, CopyButton, Group, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../api/queries";
import { Icon } from "../ui/icons";
import { saveFile } from "../ui/saveFile";
import classes from "./Account.module.css";
import { codesFile } from "./codes";

/** Shown once; the way on is open when the person says that they are kept. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const { t } = useTranslation();
  const login = useSession().data?.user?.login ?? "";
  const [kept, setKept] = useState(false);
  const text = codesFile(codes, t("enrol.fileHeading", { login }));
  return (
    <Stack data-printed>
      <Alert color="green" icon={<Icon name="check" />} title={t("enrol.done")} role="status">
        {t("enrol.keep")}
      </Alert>
      <ol className={classes.codes} data-testid="recovery-codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <Group gap="xs" className={classes.notPrinted}>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button variant="default" leftSection={<Icon name={copied ? "check" : "copy"} />} onClick={copy}>
              {t(copied ? "facts.copied" : "enrol.copy")}
            </Button>
          )}
        </CopyButton>
        <Button variant="default" leftSection={<Icon name="print" />} onClick={() => window.print()}>
          {t("enrol.print")}
        </Button>
        <Button
          variant="default"
          leftSection={<Icon name="download" />}
          onClick={() => saveFile(`${login || "geo-service"}-recovery-codes.txt`, text)}
        >
          {t("enrol.download")}
        </Button>
      </Group>
      <Group justify="space-between" className={classes.notPrinted}>
        <Checkbox
          size="md"
          label={t("enrol.kept")}
          checked={kept}
          onChange={(event) => setKept(event.currentTarget.checked)}
          data-testid="recovery-kept"
        />
        <Button disabled={!kept} onClick={onDone} data-testid="recovery-done">
          {t("enrol.finish")}
        </Button>
      </Group>
    </Stack>
  );
}
