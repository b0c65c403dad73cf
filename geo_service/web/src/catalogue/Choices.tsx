import { ActionIcon, Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { FormChoice } from "../api/administrationTypes";
import { Icon } from "../ui/icons";
import classes from "./Catalogue.module.css";
import { freeCode, isMadeUp, newChoice } from "./definition";
import { CHOICE } from "./fields";
import type { Located } from "./findings";
import { RowForm } from "./RowForm";

interface Props {
  choices: readonly FormChoice[];
  found: readonly Located[];
  onChange: (choices: FormChoice[], member: string | null) => void;
}

/** What a question of the form offers to choose from. */
export function Choices({ choices, found, onChange }: Props) {
  const { t } = useTranslation();
  const put = (index: number, change: Partial<FormChoice>, member: string | null) =>
    onChange(
      choices.map((one, i) => (i === index ? { ...one, ...change } : one)),
      member,
    );
  return (
    <div className={classes.inner}>
      <b>{t("administration.choices")}</b>
      {choices.map((choice, i) => {
        const own = found
          .filter(({ field }) => field.startsWith(`choices.${i}.`))
          .map((one) => ({ ...one, field: one.field.slice(`choices.${i}.`.length) }));
        return (
          <div key={i} className={classes.innerRow}>
            <RowForm
              row={choice}
              asked={CHOICE}
              found={own}
              id={`choice-${i}`}
              onChange={(change, member) => put(i, change, `choices.${i}.${member}`)}
              onNamed={() => {
                if (!isMadeUp(choice.code) || !choice.name_vi) return;
                const taken = choices.filter((_, k) => k !== i).map(({ code }) => code);
                put(i, { code: freeCode(choice.name_vi, taken, "choice") }, null);
              }}
            />
            <ActionIcon
              variant="subtle"
              color="red"
              size="lg"
              aria-label={t("administration.remove")}
              onClick={() =>
                onChange(
                  choices.filter((_, k) => k !== i),
                  null,
                )
              }
            >
              <Icon name="trash" />
            </ActionIcon>
          </div>
        );
      })}
      <Button
        variant="subtle"
        leftSection={<Icon name="plus" />}
        onClick={() => onChange([...choices, newChoice(choices)], null)}
      >
        {t("administration.addChoice")}
      </Button>
    </div>
  );
}
