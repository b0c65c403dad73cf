import { Alert, Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Moved } from "../api/administrationTypes";
import { asProblem } from "../api/client";
import { integer } from "../format";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { ProblemAlert } from "../ui/ProblemAlert";
import type { TwoSteps } from "./useTwoSteps";

interface Props<T> {
  steps: TwoSteps<T>;
  /** what would be done now; none while it is not said whole */
  wish: T | null;
  /** on the button that does it */
  label: string;
  danger?: boolean;
  onCancel?: () => void;
}

/** How many running dossiers would get another due date; only then the button that does it. */
export function Consequences<T>({ steps, wish, label, danger = false, onCancel }: Props<T>) {
  const { t } = useTranslation();
  const { seen, look, confirm, error, forget } = steps;
  return (
    <div aria-live="polite">
      {seen && <MovedText moved={seen.moved} />}
      {error && <ProblemAlert problem={asProblem(error)} />}
      <Group mt="sm">
        {seen ? (
          <>
            <Button
              color={danger ? "red" : undefined}
              loading={confirm.isPending}
              onClick={() => confirm.mutate(seen.wish)}
              data-testid="calendar-confirm"
            >
              {label}
            </Button>
            <Button variant="default" onClick={forget}>
              {t("administration.calendar.changeMore")}
            </Button>
          </>
        ) : (
          <Button
            loading={look.isPending}
            disabled={wish === null}
            onClick={() => wish !== null && look.mutate(wish)}
            data-testid="calendar-preview"
          >
            {t("administration.calendar.preview")}
          </Button>
        )}
        {onCancel && (
          <Button variant="subtle" color="gray" onClick={onCancel}>
            {t("edit.cancel")}
          </Button>
        )}
      </Group>
    </div>
  );
}

function MovedText({ moved: { total, earlier, later } }: { moved: Moved }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  return (
    <Alert
      color={total ? "yellow" : "green"}
      icon={<Icon name={total ? "warning" : "check"} />}
      data-testid="moved"
      data-total={total}
    >
      <Text fw={600}>
        {total
          ? t("administration.calendar.moved", { count: total, n: integer(total, lang) })
          : t("administration.calendar.movedNone")}
      </Text>
      {total > 0 && (
        <Text>
          {t("administration.calendar.movedHow", {
            earlier: integer(earlier, lang),
            later: integer(later, lang),
          })}
        </Text>
      )}
      <Text>{t("administration.calendar.notYet")}</Text>
    </Alert>
  );
}
