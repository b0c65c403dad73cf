import { ActionIcon, Modal, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { PersonalField } from "../api/types";
import { Icon } from "../ui/icons";
import { type Reveal, RevealForm } from "./RevealForm";
import classes from "./Rights.module.css";

/** How long a revealed value stays on the screen. */
export const SHOWN_SECONDS = 60;

interface Props {
  name: string;
  field: PersonalField;
  masked: string;
  reveals: boolean;
  reveal: Reveal;
}

/** A masked value; revealed on a stated purpose, it is shown for a minute and kept nowhere. */
export function RevealedField({ name, field, masked, reveals, reveal }: Props) {
  const { t } = useTranslation();
  const [asked, dialog] = useDisclosure(false);
  const [value, setValue] = useState<string | null>(null);
  // the same function at every drawing: the minute is counted from when the value came
  const hide = useCallback(() => setValue(null), []);
  return (
    <>
      <dt>{t(`rights.field.${field}`)}</dt>
      <dd>
        {value === null ? (
          <>
            <span className={classes.value}>{masked}</span>
            {reveals && (
              <Tooltip label={t("reveal.action")}>
                <ActionIcon
                  variant="subtle"
                  onClick={dialog.open}
                  aria-label={`${t("reveal.action")}: ${t(`rights.field.${field}`)}, ${name}`}
                  data-testid={`reveal-${field}`}
                >
                  <Icon name="eye" />
                </ActionIcon>
              </Tooltip>
            )}
          </>
        ) : (
          <Shown value={value} onHide={hide} />
        )}
        <Modal
          opened={asked}
          onClose={dialog.close}
          title={t("reveal.title")}
          centered
          closeButtonProps={{ "aria-label": t("close") }}
        >
          <RevealForm
            name={name}
            field={field}
            reveal={reveal}
            onRevealed={(clear) => {
              setValue(clear);
              dialog.close();
            }}
            onCancel={dialog.close}
          />
        </Modal>
      </dd>
    </>
  );
}

function Shown({ value, onHide }: { value: string; onHide: () => void }) {
  const { t } = useTranslation();
  const [left, setLeft] = useState(SHOWN_SECONDS);
  useEffect(() => {
    const until = Date.now() + SHOWN_SECONDS * 1000;
    const timer = window.setInterval(() => {
      const rest = Math.ceil((until - Date.now()) / 1000);
      if (rest <= 0) onHide();
      else setLeft(rest);
    }, 500);
    return () => window.clearInterval(timer);
  }, [onHide]);
  return (
    <>
      <span className={classes.revealed} data-testid="revealed-value">
        {value}
      </span>
      <ActionIcon variant="subtle" color="gray" onClick={onHide} aria-label={t("reveal.hide")}>
        <Icon name="close" />
      </ActionIcon>
      <span className={classes.notice} role="status">
        {t("reveal.recorded")} <span aria-hidden="true">{t("reveal.left", { count: left })}</span>
      </span>
    </>
  );
}
