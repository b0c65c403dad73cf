import { ActionIcon, Button, Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Definition } from "../api/administrationTypes";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Catalogue.module.css";
import {
  added,
  freeCode,
  isMadeUp,
  moved,
  newFee,
  newField,
  newPaper,
  patched,
  removed,
  type Rows,
} from "./definition";
import { type Asked, FEE, FIELD, PAPER } from "./fields";
import { countErrors, type Located, ofRow } from "./findings";
import { Flag } from "./FlowList";
import { Choices } from "./Choices";
import { Exemptions } from "./Exemptions";
import { RowForm } from "./RowForm";
import { money, nameOf, word } from "./words";

export type ListPart = "documents" | "fields" | "fees";

interface Props<P extends ListPart> {
  part: P;
  definition: Definition;
  found: readonly Located[];
  open: number | null;
  onOpen: (index: number | null) => void;
  onEdit: (now: Definition, about?: string) => void;
}

const ASKED: { [P in ListPart]: readonly Asked<Rows[P]>[] } = { documents: PAPER, fields: FIELD, fees: FEE };
const NEW = {
  documents: newPaper,
  fields: newField,
  fees: ({ fees }: Definition) => newFee(fees),
} as const;

/** Papers, questions of the form, or fees: each row opens into its form. */
export function RowList<P extends ListPart>({ part, definition, found, open, onOpen, onEdit }: Props<P>) {
  const { t } = useTranslation();
  const rows = definition[part] as unknown as Rows[P][];
  const add = () => {
    onEdit(added(definition, part, NEW[part](definition) as Rows[P]));
    onOpen(rows.length);
  };
  return (
    <div className={classes.stack}>
      {!rows.length && <p className={classes.dimmed}>{t(`administration.empty.${part}`)}</p>}
      <ol className={classes.rows} data-testid={`rows-${part}`}>
        {rows.map((row, index) => (
          <Row
            key={index}
            row={row}
            part={part}
            index={index}
            definition={definition}
            found={ofRow(found, definition, part, index)}
            open={open === index}
            onOpen={onOpen}
            onEdit={onEdit}
          />
        ))}
      </ol>
      <div>
        <Button variant="light" leftSection={<Icon name="plus" />} onClick={add} data-testid={`add-${part}`}>
          {t(`administration.add.${part}`)}
        </Button>
      </div>
    </div>
  );
}

interface RowProps<P extends ListPart> {
  row: Rows[P];
  part: P;
  index: number;
  definition: Definition;
  found: readonly Located[];
  open: boolean;
  onOpen: (index: number | null) => void;
  onEdit: (now: Definition, about?: string) => void;
}

function Row<P extends ListPart>({ row, part, index, definition, found, open, onOpen, onEdit }: RowProps<P>) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const last = definition[part].length - 1;
  const change = (next: Partial<Rows[P]>, member: string | null) =>
    onEdit(patched(definition, part, index, next), member ? `${part}.${index}.${member}` : undefined);
  const shift = (by: 1 | -1) => {
    onEdit(moved(definition, part, index, by));
    if (open) onOpen(index + by);
  };
  const name = nameOf(row, lang) || t("administration.nameless");
  return (
    <li className={classes.row} data-errors={countErrors(found) > 0}>
      <div className={classes.rowHead}>
        <button
          type="button"
          className={classes.rowOpen}
          aria-expanded={open}
          onClick={() => onOpen(open ? null : index)}
          data-testid={`row-${part}-${row.code}`}
        >
          <span className={classes.turn}>
            <Icon name="right" />
          </span>
          <span>
            <span className={classes.rowName}>{name}</span>
            <span className={classes.dimmed}>
              <Summary part={part} row={row} />
            </span>
          </span>
          <Flag found={found} />
        </button>
        <Menu position="bottom-end" withArrow>
          <Menu.Target>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t("administration.rowMenu", { name })}
            >
              <Icon name="menu" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item disabled={index === 0} onClick={() => shift(-1)}>
              {t("administration.earlier")}
            </Menu.Item>
            <Menu.Item disabled={index === last} onClick={() => shift(1)}>
              {t("administration.later")}
            </Menu.Item>
            <Menu.Item
              color="red.9"
              leftSection={<Icon name="trash" />}
              onClick={() => {
                if (open) onOpen(null);
                onEdit(removed(definition, part, index));
              }}
            >
              {t("administration.remove")}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      {open && (
        <div className={classes.rowBody}>
          <RowForm
            row={row}
            asked={ASKED[part]}
            found={found}
            id={part}
            onChange={(next, member) => change({ ...next, ...following(part, next) }, member)}
            onNamed={() => {
              if (!isMadeUp(row.code) || !row.name_vi) return;
              const taken = (definition[part] as { code: string }[]).filter((_, i) => i !== index);
              const code = freeCode(
                row.name_vi,
                taken.map((one) => one.code),
                "row",
              );
              onEdit(patched(definition, part, index, { code } as Partial<Rows[P]>));
            }}
          />
          {part === "fields" && "choices" in row && row.type === "choice" && (
            <Choices
              choices={row.choices}
              found={found}
              onChange={(choices, member) => change({ choices } as unknown as Partial<Rows[P]>, member)}
            />
          )}
          {part === "fees" && "exempt" in row && (
            <Exemptions
              exempt={row.exempt}
              fields={definition.fields}
              found={found}
              onChange={(exempt, member) => change({ exempt } as unknown as Partial<Rows[P]>, member)}
            />
          )}
        </div>
      )}
    </li>
  );
}

/** What has to change along: a question that is no choice has no list, a fixed fee has no share. */
function following(part: ListPart, change: Record<string, unknown>): Record<string, unknown> {
  if (part === "fields" && "type" in change && change.type !== "choice") return { choices: [] };
  if (part === "fees" && change.rule === "fixed") return { percent: null };
  if (part === "fees" && change.rule === "percent_of_price") return { amount: 0 };
  return {};
}

function Summary({ part, row }: { part: ListPart; row: Rows[ListPart] }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  if (part === "documents" && "held_as" in row) {
    return [
      t(row.required ? "administration.required" : "administration.optional"),
      row.form,
      row.original ? t("administration.field.original") : null,
      row.held_as ? t("administration.held") : null,
    ]
      .filter(Boolean)
      .join(" · ");
  }
  if (part === "fees" && "rule" in row) {
    return [
      row.rule === "fixed" ? money(row.amount, lang) : `${(row.percent ?? 0).toLocaleString(lang)} %`,
      word("channel", row.channel, t),
      row.exempt.length ? t("administration.withExemption") : null,
      word("grade", row.grade, t),
    ]
      .filter(Boolean)
      .join(" · ");
  }
  if ("choices" in row) {
    return [
      word("fieldType", row.type, t),
      t(row.required ? "administration.required" : "administration.optional"),
      row.choices.map((one) => nameOf(one, lang)).join(", "),
    ]
      .filter(Boolean)
      .join(" · ");
  }
  return null;
}
