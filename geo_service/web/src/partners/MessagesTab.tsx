import { Button, NativeSelect } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useMessages } from "../api/administrationQueries";
import { MESSAGE_STATES, type MessageFilter, PARTNERS } from "../api/administrationTypes";
import { asProblem } from "../api/client";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import { ProblemAlert } from "../ui/ProblemAlert";
import { MessageList } from "./MessageList";
import classes from "./Partners.module.css";
import { partnerName } from "./words";

interface Props {
  filter: MessageFilter;
  onFilter: (filter: MessageFilter) => void;
}

/** Messages of one direction, newest first; those that need a person can be tried again or settled. */
export function MessagesTab({ filter, onFilter }: Props) {
  const { t } = useTranslation();
  const messages = useMessages(filter);
  const items = messages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card>
      <search className={classes.filters}>
        <NativeSelect
          label={t("administration.partners.direction")}
          value={filter.direction}
          onChange={(event) =>
            onFilter({ ...filter, direction: event.currentTarget.value === "in" ? "in" : "out" })
          }
          data={[
            { value: "out", label: t("administration.partners.out") },
            { value: "in", label: t("administration.partners.in") },
          ]}
          data-testid="message-direction"
        />
        <NativeSelect
          label={t("administration.partners.partner")}
          value={filter.partner}
          onChange={({ currentTarget: { value } }) =>
            onFilter({ ...filter, partner: PARTNERS.find((one) => one === value) ?? "" })
          }
          data={[
            { value: "", label: t("administration.partners.allPartners") },
            ...PARTNERS.map((code) => ({ value: code, label: partnerName(code, t) })),
          ]}
          data-testid="message-partner"
        />
        <NativeSelect
          label={t("administration.standing")}
          value={filter.state}
          onChange={({ currentTarget: { value } }) =>
            onFilter({ ...filter, state: MESSAGE_STATES.find((one) => one === value) ?? "" })
          }
          data={[
            { value: "", label: t("administration.partners.allStates") },
            ...MESSAGE_STATES.map((state) => ({
              value: state,
              label: t(`administration.messageState.${state}`),
            })),
          ]}
          data-testid="message-state"
        />
      </search>
      <Loaded query={messages}>
        {() => <MessageList items={items} empty={t("administration.partners.noMessages")} />}
      </Loaded>
      {messages.isFetchNextPageError && <ProblemAlert problem={asProblem(messages.error)} />}
      {messages.hasNextPage && (
        <Button
          fullWidth
          variant="subtle"
          mt="sm"
          loading={messages.isFetchingNextPage}
          onClick={() => void messages.fetchNextPage()}
        >
          {t("more")}
        </Button>
      )}
    </Card>
  );
}
