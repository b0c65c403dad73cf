import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { TFunction } from "i18next";
import type { Definition } from "../api/administrationTypes";
import { useVersion } from "../api/administrationQueries";
import { isoDay } from "../format";
import { blockKind } from "../rights/names";
import { type Language, useView } from "../state/view";
import { Card } from "../ui/Page";
import classes from "./Catalogue.module.css";
import { told, type Told } from "./changes";
import type { Checked } from "./useDraft";
import { holderName, nameOf, word, type WordGroup } from "./words";

/** What the draft changes of the version in force, in words, old and new. */
export function ChangeList({ checked }: { checked: Checked }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const inForce = useVersion(checked.of.code, checked.in_force === null ? null : isoDay(new Date()));
  const before = inForce.data?.definition ?? null;
  if (checked.in_force === null)
    return <Card title={t("administration.changes")}>{t("administration.allNew")}</Card>;
  return (
    <Card title={t("administration.changesOf", { version: checked.in_force })}>
      {!checked.changes.length && t("administration.noChanges")}
      <ul className={classes.listed} data-testid="changes">
        {checked.changes.map((change) => (
          <li key={change.path} className={classes.change}>
            <One told={told(change, before, checked.of, lang)} before={before} after={checked.of} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function One({ told: one, before, after }: { told: Told; before: Definition | null; after: Definition }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const member = one.field.split(".").at(-1) ?? "";
  const where = [word("part", one.where, t), one.row].filter(Boolean).join(" · ");
  if (one.what !== "changed") {
    return (
      <>
        <Badge
          variant="light"
          color={one.what === "removed" ? "red" : one.what === "added" ? "green" : "gray"}
        >
          {t(`administration.changed.${one.what}`)}
        </Badge>{" "}
        {where}
      </>
    );
  }
  return (
    <>
      <span>
        {where} ·{" "}
        {one.field
          .split(".")
          .map((name) => word("field", name, t))
          .join(" · ")}
      </span>
      <span>
        <del className={classes.before}>{valueText(one.before, member, before ?? after, t, lang)}</del>
        {" → "}
        <ins className={classes.after}>{valueText(one.after, member, after, t, lang)}</ins>
      </span>
    </>
  );
}

const GROUPS: Record<string, WordGroup> = {
  level: "level",
  unit: "timeUnit",
  place: "place",
  clock: "flowClock",
  reason: "reason",
  status: "status",
  kind: "actionKind",
  paper: "paper",
  map: "mapUse",
  effect: "effect",
  type: "fieldType",
  channel: "channel",
  rule: "rule",
  held_as: "heldAs",
  change_type: "changeType",
};

/** A value as a person reads it. */
function valueText(
  value: unknown,
  member: string,
  definition: Definition,
  t: TFunction,
  lang: Language,
): string {
  if (value === null || value === undefined || value === "") return "—";
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (typeof value === "number") {
    return member === "status" ? `${value} · ${word("status", value, t)}` : value.toLocaleString(lang);
  }
  if (typeof value === "string") {
    if (member === "role") return holderName(value, t);
    if (member === "to" || member === "from") {
      const step = definition.steps.find(({ code }) => code === value);
      return step ? nameOf(step, lang) : value;
    }
    const group = GROUPS[member];
    if (member === "kind")
      return word("feeKind", value, t) === value ? word("actionKind", value, t) : word("feeKind", value, t);
    return group ? word(group, value, t) : value;
  }
  if (Array.isArray(value)) {
    if (!value.length) return "—";
    return value.map((one) => (typeof one === "string" ? blockKind(one, t) : inner(one, t))).join(", ");
  }
  return inner(value, t);
}

const inner = (value: unknown, t: TFunction): string =>
  value && typeof value === "object"
    ? Object.entries(value)
        .filter(([, one]) => one !== "" && one !== null)
        .map(
          ([name, one]) => `${word("field", name, t)}: ${Array.isArray(one) ? one.join(", ") : String(one)}`,
        )
        .join("; ")
    : String(value);
