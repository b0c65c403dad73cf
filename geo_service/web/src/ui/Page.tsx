import { ActionIcon, Title } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { openPage } from "../state/view";
import { Icon } from "./icons";
import classes from "./Page.module.css";
import { useEscape } from "./useEscape";

interface Props {
  title: string;
  /** beside the title */
  aside?: ReactNode;
  children: ReactNode;
  /** instead of going back to the map at once */
  onClose?: () => void;
  "data-testid": string;
}

/** A screen over the map; on a phone it takes all of it. The map stays as it is behind. */
export function Page({ title, aside, children, onClose, "data-testid": testId }: Props) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const close = onClose ?? (() => openPage(null));
  useEscape(close);
  return (
    <main className={classes.page} data-testid={testId}>
      <div className={classes.inner}>
        <header className={classes.head}>
          <Title order={2} size="h3" ref={heading} tabIndex={-1} className={classes.title}>
            {title}
          </Title>
          <div className={classes.aside}>{aside}</div>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            onClick={close}
            aria-label={t("backToMap")}
            data-testid="page-close"
          >
            <Icon name="close" />
          </ActionIcon>
        </header>
        {children}
      </div>
    </main>
  );
}

/** A part of a page, with a heading of its own. */
export function Card({ title, aside, children }: { title?: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className={classes.card} aria-label={title}>
      {title && (
        <header className={classes.cardHead}>
          <Title order={3} size="h5">
            {title}
          </Title>
          {aside}
        </header>
      )}
      {children}
    </section>
  );
}
