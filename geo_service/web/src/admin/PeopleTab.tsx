import { Badge, Button, Group, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { useAccounts } from "../api/peopleQueries";
import type { AccountRecord } from "../api/types";
import { roleName } from "../rights/names";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { ProblemAlert } from "../ui/ProblemAlert";
import classes from "./Admin.module.css";
import { inForce } from "./assignments";
import { NewPerson } from "./NewPerson";
import { PersonCard } from "./PersonCard";

/** The list on the left, one person's card on the right; on a phone one after the other. */
export function PeopleTab() {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), 250);
  const accounts = useAccounts(q);
  const [chosen, setChosen] = useState<number | "new" | null>(null);
  const people = accounts.data?.pages.flatMap(({ items }) => items) ?? [];
  const person = people.find(({ id }) => id === chosen);
  return (
    <div className={classes.people} data-chosen={chosen !== null}>
      <section className={classes.list} aria-label={t("admin.people")}>
        <Group wrap="nowrap" gap="xs" mb="xs">
          <TextInput
            className={classes.search}
            aria-label={t("admin.search")}
            placeholder={t("admin.search")}
            leftSection={<Icon name="search" />}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            data-testid="admin-search"
          />
          <Button
            variant="light"
            px="sm"
            leftSection={<Icon name="plus" />}
            onClick={() => setChosen("new")}
            data-testid="new-person"
          >
            {t("admin.add")}
          </Button>
        </Group>
        <Loaded query={accounts}>
          {() => (
            <>
              {!people.length && <Text c="dimmed">{t("admin.nobody")}</Text>}
              <ul className={classes.rows}>
                {people.map((record) => (
                  <li key={record.id}>
                    <PersonRow
                      record={record}
                      chosen={record.id === chosen}
                      onChoose={() => setChosen(record.id)}
                    />
                  </li>
                ))}
              </ul>
            </>
          )}
        </Loaded>
        {accounts.isFetchNextPageError && <ProblemAlert problem={asProblem(accounts.error)} />}
        {accounts.hasNextPage && (
          <Button
            fullWidth
            variant="subtle"
            mt="xs"
            loading={accounts.isFetchingNextPage}
            onClick={() => void accounts.fetchNextPage()}
            data-testid="more-people"
          >
            {t("more")}
          </Button>
        )}
      </section>
      <section className={classes.detail} aria-live="polite">
        {chosen !== null && (
          <Button
            className={classes.back}
            variant="subtle"
            px="xs"
            leftSection={<Icon name="left" />}
            onClick={() => setChosen(null)}
          >
            {t("admin.people")}
          </Button>
        )}
        {chosen === "new" && <NewPerson onMade={(made) => setChosen(made.id)} />}
        {person && <PersonCard key={person.id} person={person} />}
        {chosen === null && <Text className={classes.hint}>{t("admin.choose")}</Text>}
      </section>
    </div>
  );
}

interface RowProps {
  record: AccountRecord;
  chosen: boolean;
  onChoose: () => void;
}

function PersonRow({ record, chosen, onChoose }: RowProps) {
  const { t } = useTranslation();
  const roles = record.assignments.filter((assignment) => inForce(assignment, new Date()));
  return (
    <button
      type="button"
      className={classes.row}
      aria-pressed={chosen}
      onClick={onChoose}
      data-testid={`admin-person-${record.login}`}
    >
      <span className={classes.rowHead}>
        <b>{record.name}</b>
        {record.disabled && (
          <Badge color="red" variant="light">
            {t("admin.disabled")}
          </Badge>
        )}
      </span>
      <span className={classes.rowText}>
        {[
          record.login,
          ...roles.map(({ role, unit_name, unit }) =>
            [roleName(role, t), unit_name ?? unit].filter(Boolean).join(" "),
          ),
        ].join(" · ")}
      </span>
    </button>
  );
}
