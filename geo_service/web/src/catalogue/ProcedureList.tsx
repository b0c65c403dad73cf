import { Badge, Button, NativeSelect, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCatalogue } from "../api/administrationQueries";
import type { CatalogueEntry } from "../api/administrationTypes";
import { day, integer } from "../format";
import { useView } from "../state/view";
import { fold } from "../ui/fold";
import { Icon } from "../ui/icons";
import { Loaded } from "../ui/Loaded";
import { Card } from "../ui/Page";
import table from "../ui/Table.module.css";
import classes from "./Catalogue.module.css";
import { LEVELS } from "./fields";
import { levelName, limitText, nameOf } from "./words";

interface Props {
  onOpen: (code: string) => void;
  onNew: () => void;
}

/** Every procedure there is, found by code or words, with or without marks. */
export function ProcedureList({ onOpen, onNew }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const all = useCatalogue();
  const [find, setFind] = useState("");
  const [level, setLevel] = useState("");
  const words = fold(find).split(/\s+/).filter(Boolean);
  const fits = (one: CatalogueEntry) => {
    const text = fold(`${one.code} ${one.name_vi} ${one.name_en}`);
    return (!level || one.level === level) && words.every((word) => text.includes(word));
  };
  return (
    <Card>
      <search className={classes.filters}>
        <TextInput
          className={classes.grow}
          label={t("administration.findProcedure")}
          placeholder={t("administration.findExample")}
          leftSection={<Icon name="search" />}
          value={find}
          onChange={(event) => setFind(event.currentTarget.value)}
          data-testid="catalogue-search"
        />
        <NativeSelect
          label={t("administration.field.level")}
          value={level}
          onChange={(event) => setLevel(event.currentTarget.value)}
          data={[
            { value: "", label: t("administration.anyLevel") },
            ...LEVELS.map((one) => ({ value: one, label: levelName(one, t) })),
          ]}
        />
        <Button
          leftSection={<Icon name="plus" />}
          variant="light"
          onClick={onNew}
          data-testid="new-procedure"
        >
          {t("administration.newProcedure")}
        </Button>
      </search>
      <Loaded query={all}>
        {({ items }) => {
          const shown = items.filter(fits);
          return (
            <>
              <p className={classes.dimmed} role="status">
                {t("administration.shown", { count: shown.length })}
              </p>
              <table className={table.table} data-testid="catalogue-list">
                <thead>
                  <tr>
                    <th scope="col">{t("administration.procedure")}</th>
                    <th scope="col">{t("administration.field.level")}</th>
                    <th scope="col">{t("administration.field.limit")}</th>
                    <th scope="col">{t("administration.inForce")}</th>
                    <th scope="col">{t("administration.running")}</th>
                  </tr>
                </thead>
                <tbody>
                  {shown.map((one) => (
                    <tr key={one.code}>
                      <td data-label={t("administration.procedure")}>
                        <span>
                          <button
                            type="button"
                            className={classes.link}
                            onClick={() => onOpen(one.code)}
                            data-testid={`procedure-${one.code}`}
                          >
                            {nameOf(one, lang)}
                          </button>
                          <span className={classes.block}>{one.code}</span>
                        </span>
                      </td>
                      <td data-label={t("administration.field.level")}>{levelName(one.level, t)}</td>
                      <td data-label={t("administration.field.limit")} className={table.nowrap}>
                        {limitText(one.limit, t)}
                      </td>
                      <td data-label={t("administration.inForce")}>
                        <Marks one={one} />
                      </td>
                      <td data-label={t("administration.running")} className={table.nowrap}>
                        {integer(one.running, lang)}
                      </td>
                    </tr>
                  ))}
                  {!shown.length && (
                    <tr>
                      <td colSpan={5}>{t("administration.nothingFound")}</td>
                    </tr>
                  )}
                </tbody>
              </table>
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}

/** What is in force, what comes, whether somebody drafts, whether units do otherwise. */
export function Marks({ one }: { one: CatalogueEntry }) {
  const { t } = useTranslation();
  return (
    <span className={classes.marks}>
      {one.version === null ? (
        <Badge variant="light" color="gray">
          {t("administration.notNow")}
        </Badge>
      ) : (
        <Badge variant="light" color="green">
          {t("administration.versionSince", { version: one.version, day: day(one.valid_from ?? "") })}
        </Badge>
      )}
      {one.next_from && (
        <Badge variant="light" color="yellow">
          {t("administration.nextFrom", { day: day(one.next_from) })}
        </Badge>
      )}
      {one.draft && (
        <Badge variant="light" color="blue" leftSection={<Icon name="pencil" size={16} />}>
          {t("administration.hasDraft")}
        </Badge>
      )}
      {one.varied > 0 && (
        <Badge variant="light" color="orange">
          {t("administration.varied", { count: one.varied })}
        </Badge>
      )}
    </span>
  );
}
