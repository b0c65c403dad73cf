import { ActionIcon } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon } from "./icons";
import classes from "./MapBar.module.css";

interface Props {
  /** Its test id, too: `imagery` gives `imagery-bar`, `imagery-open`, `imagery-off`. */
  name: string;
  title: string;
  icon: "chart" | "layers";
  openLabel: string;
  onOpen?: (() => void) | undefined;
  offLabel: string;
  onOff: () => void;
  children: ReactNode;
}

/** What a layer shows, lying over the map: the way to its panel, and away with it. */
export function MapBar({ name, title, icon, openLabel, onOpen, offLabel, onOff, children }: Props) {
  return (
    <section className={classes.bar} aria-label={title} data-testid={`${name}-bar`}>
      <div className={classes.content}>{children}</div>
      {onOpen && (
        <ActionIcon
          variant="light"
          size={36}
          onClick={onOpen}
          aria-label={openLabel}
          title={openLabel}
          data-testid={`${name}-open`}
        >
          <Icon name={icon} />
        </ActionIcon>
      )}
      <ActionIcon
        variant="subtle"
        color="gray"
        size={36}
        onClick={onOff}
        aria-label={offLabel}
        data-testid={`${name}-off`}
      >
        <Icon name="close" />
      </ActionIcon>
    </section>
  );
}
