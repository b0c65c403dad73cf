import "../i18n/work";
import { Anchor, Button, Group, Loader, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { me } from "../api/people";
import type { TotpEnrolment } from "../api/types";
import { CopyText } from "../ui/CopyText";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Account.module.css";
import { cleanCode, inFours, isCode, svgAddress } from "./codes";
import { RecoveryCodes } from "./RecoveryCodes";

/** Joins an authenticator to the account: picture or secret, one code to prove it, then the recovery codes. */
export default function Enrolment({ onDone }: { onDone: () => void }) {
  const client = useQueryClient();
  const { mutate: begin, data, error } = useMutation({ mutationFn: me.beginTotp, gcTime: 0 });
  const [codes, setCodes] = useState<string[] | null>(null);
  useEffect(() => begin(), [begin]);

  if (codes) return <RecoveryCodes codes={codes} onDone={onDone} />;
  if (error) return <ProblemAlert problem={asProblem(error)} />;
  if (!data) return <Loader />;
  return (
    <Confirm
      enrolment={data}
      onCodes={(made) => {
        setCodes(made);
        void client.invalidateQueries({ queryKey: ["session"] });
      }}
    />
  );
}

interface ConfirmProps {
  enrolment: TotpEnrolment;
  onCodes: (codes: string[]) => void;
}

function Confirm({ enrolment, onCodes }: ConfirmProps) {
  const { t } = useTranslation();
  const [code, setCode] = useState("");
  const confirm = useMutation({
    mutationFn: () => me.confirmTotp(cleanCode(code)),
    gcTime: 0,
    onSuccess: ({ recovery_codes }) => onCodes(recovery_codes),
    onError: () => setCode(""),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    confirm.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text>{t("enrol.why")}</Text>
        <div className={classes.enrol}>
          <img className={classes.qr} src={svgAddress(enrolment.qr_svg)} alt={t("enrol.qr")} />
          <Stack gap="xs">
            <ol className={classes.steps}>
              <li>{t("enrol.step1")}</li>
              <li>{t("enrol.step2")}</li>
              <li>{t("enrol.step3")}</li>
            </ol>
            <Text c="dimmed">{t("enrol.secret")}</Text>
            <Group gap={4} wrap="nowrap">
              <code className={classes.secret} data-testid="enrol-secret">
                {inFours(enrolment.secret)}
              </code>
              <CopyText text={enrolment.secret} />
            </Group>
            <Anchor href={enrolment.uri}>{t("enrol.open")}</Anchor>
          </Stack>
        </div>
        <Group align="flex-end">
          <TextInput
            label={t("session.code")}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
            autoComplete="one-time-code"
            inputMode="numeric"
            size="md"
            required
            data-autofocus
            data-testid="enrol-code"
          />
          <Button
            type="submit"
            size="md"
            loading={confirm.isPending}
            disabled={!isCode(code)}
            data-testid="enrol-confirm"
          >
            {t("enrol.confirm")}
          </Button>
        </Group>
        {confirm.error && <ProblemAlert problem={asProblem(confirm.error)} />}
      </Stack>
    </form>
  );
}
