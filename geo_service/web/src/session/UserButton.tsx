import { ActionIcon, Button } from "@mantine/core";
import type { ComponentPropsWithRef } from "react";
import { Icon } from "../ui/icons";
import classes from "./Account.module.css";

interface UserButtonProps extends ComponentPropsWithRef<"button"> {
  name: string;
  compact: boolean;
}

/** The name where there is room for it, the sign alone on a phone. */
export function UserButton({ name, compact, ...rest }: UserButtonProps) {
  return compact ? (
    <ActionIcon variant="white" size={36} aria-label={name} {...rest}>
      <Icon name="user" />
    </ActionIcon>
  ) : (
    <Button
      variant="white"
      leftSection={<Icon name="user" />}
      maw="16rem"
      classNames={{ label: classes.name }}
      {...rest}
    >
      {name}
    </Button>
  );
}
