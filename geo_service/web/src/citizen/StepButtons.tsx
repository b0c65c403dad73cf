import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Icon } from "../ui/icons";
import classes from "./Citizen.module.css";

interface Props {
  onBack?: () => void;
  onNext: () => void;
  next?: string;
  disabled?: boolean;
  busy?: boolean;
}

/** On from a step of the wizard, and back. */
export function StepButtons({ onBack, onNext, next, disabled = false, busy = false }: Props) {
  const { t } = useTranslation();
  return (
    <div className={classes.stepButtons}>
      {onBack && (
        <Button
          variant="default"
          size="md"
          leftSection={<Icon name="left" />}
          onClick={onBack}
          disabled={busy}
        >
          {t("citizen.file.back")}
        </Button>
      )}
      <Button
        size="md"
        rightSection={<Icon name="right" />}
        onClick={onNext}
        disabled={disabled}
        loading={busy}
        data-testid="step-next"
      >
        {next ?? t("citizen.file.next")}
      </Button>
    </div>
  );
}
