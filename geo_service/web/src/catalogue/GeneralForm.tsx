import { Checkbox, Group } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Definition } from "../api/administrationTypes";
import { blockKind } from "../rights/names";
import { useView } from "../state/view";
import { Card } from "../ui/Page";
import classes from "./Catalogue.module.css";
import { BLOCKS, GENERAL, LIMIT } from "./fields";
import { type Located, ofField } from "./findings";
import { RowForm } from "./RowForm";

interface Props {
  definition: Definition;
  found: readonly Located[];
  onEdit: (now: Definition, about?: string) => void;
}

/** Names, who decides, how long it may take, what stops it. */
export function GeneralForm({ definition, found, onEdit }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const general = found.filter(({ where }) => where === "general");
  const limits = general
    .filter(({ field }) => field.startsWith("limit."))
    .map((one) => ({ ...one, field: one.field.slice("limit.".length) }));
  return (
    <div className={classes.stack}>
      <Card title={t("administration.limitTitle")}>
        <RowForm
          row={definition.limit}
          asked={LIMIT}
          found={limits}
          id="limit"
          onChange={(change, member) => {
            const unit = change.unit ?? definition.limit.unit;
            const limit = { ...definition.limit, ...change };
            onEdit(
              { ...definition, limit: unit === "working_day" ? limit : { ...limit, cutoff: null } },
              `limit.${member}`,
            );
          }}
        />
      </Card>
      <Card title={t("administration.nameTitle")}>
        <RowForm
          row={definition}
          asked={GENERAL}
          found={general}
          id="general"
          onChange={(change, member) => onEdit({ ...definition, ...change }, member)}
        />
      </Card>
      <Card title={t("administration.blocksTitle")}>
        <Checkbox.Group
          label={t("administration.blocksWhat")}
          value={definition.blocks}
          error={
            ofField(general, "blocks")
              .map((one) => (lang === "vi" ? one.vi : one.en))
              .join(" ") || undefined
          }
          onChange={(blocks) =>
            onEdit({ ...definition, blocks: BLOCKS.filter((one) => blocks.includes(one)) })
          }
        >
          <Group mt="xs">
            {BLOCKS.map((code) => (
              <Checkbox key={code} value={code} label={blockKind(code, t)} />
            ))}
          </Group>
        </Checkbox.Group>
      </Card>
    </div>
  );
}
