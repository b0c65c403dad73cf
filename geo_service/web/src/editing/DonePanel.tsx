import { Alert, Anchor, List, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { CommitResult } from "../api/types";
import { area, integer } from "../format";
import { selectParcel, useView } from "../state/view";
import { Icon } from "../ui/icons";

export function DonePanel({ result }: { result: CommitResult }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  return (
    <Alert
      color="green"
      icon={<Icon name="check" />}
      title={t("done.title", { seq: integer(result.seq, lang) })}
      role="status"
      data-testid="committed"
      data-seq={result.seq}
    >
      <Text>{t("done.text")}</Text>
      <List mt="xs">
        {result.parcels.slice(0, 12).map((parcel) => (
          <List.Item key={parcel.id}>
            <Anchor component="button" type="button" onClick={() => selectParcel(parcel.code ?? parcel.id)}>
              {parcel.label || `#${parcel.id}`}
            </Anchor>{" "}
            · {area(parcel.area_m2, lang)} {parcel.new && `· ${t("role.created")}`}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
