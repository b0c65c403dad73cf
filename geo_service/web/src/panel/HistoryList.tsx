import { Badge, Button, Group, Loader, Stack, Text, Timeline } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { asProblem } from "../api/client";
import { useHistory } from "../api/queries";
import type { HistoryItem, Parcel } from "../api/types";
import { RevertButton } from "../editing/RevertButton";
import { area, dateTime, integer } from "../format";
import { useView, view } from "../state/view";
import { ProblemAlert } from "../ui/ProblemAlert";
import { changeKind } from "./names";

/** Every change of the parcel: when, why, by whom; each past state is one click away. */
export function HistoryList({ parcel }: { parcel: Parcel }) {
  const history = useHistory(parcel.id, true);
  if (history.isPending) return <Loader />;
  if (history.error) return <ProblemAlert problem={asProblem(history.error)} />;
  return (
    <Timeline bulletSize={18} lineWidth={2} data-testid="history">
      {history.data.items.map((item) => (
        <Timeline.Item key={item.seq} title={<Heading item={item} />}>
          <Entry item={item} />
        </Timeline.Item>
      ))}
    </Timeline>
  );
}

function Heading({ item }: { item: HistoryItem }) {
  const { t } = useTranslation();
  return (
    <Group gap="xs">
      <span>{changeKind(item.kind, t)}</span>
      {item.cause === "adjacent" && (
        <Badge color="gray" variant="light">
          {t("history.adjacent")}
        </Badge>
      )}
      {item.retired && (
        <Badge color="gray" variant="light">
          {t("history.retired")}
        </Badge>
      )}
    </Group>
  );
}

function Entry({ item }: { item: HistoryItem }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const at = useView((v) => v.at);
  return (
    <Stack gap={4}>
      <Text>
        {dateTime(item.at)} · {t("live.seq")} {integer(item.seq, lang)}
      </Text>
      {item.reason && <Text>{item.reason}</Text>}
      <Text c="dimmed">
        {[item.author, item.area_m2 === null ? null : area(item.area_m2, lang)].filter(Boolean).join(" · ")}
      </Text>
      <Group gap="xs">
        <Button
          variant="subtle"
          px="xs"
          disabled={at === item.seq}
          onClick={() => view.set({ at: item.seq })}
          data-testid="show-state"
        >
          {t("history.show")}
        </Button>
        <RevertButton seq={item.seq} />
      </Group>
    </Stack>
  );
}
