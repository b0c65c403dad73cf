import { Alert, Badge, Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Definition } from "../api/administrationTypes";
import { useView } from "../state/view";
import { Icon } from "../ui/icons";
import { Card } from "../ui/Page";
import classes from "./Catalogue.module.css";
import { ChangeList } from "./ChangeList";
import { indexOf, type Located } from "./findings";
import type { Checked } from "./useDraft";
import { nameOf, word } from "./words";

interface Props {
  definition: Definition;
  checked: Checked;
  found: readonly Located[];
  /** the draft was changed since */
  old: boolean;
  checking: boolean;
  onCheck: () => void;
  onShow: (one: Located) => void;
}

/** What the check found, each with a way to where it is, and what the draft changes. */
export function CheckResult({ definition, checked, found, old, checking, onCheck, onShow }: Props) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const wrong = found.filter(({ severity }) => severity === "error").length;
  return (
    <div className={classes.stack}>
      {old && (
        <Alert color="yellow" icon={<Icon name="warning" />} data-testid="check-old">
          {t("administration.checkOld")}{" "}
          <Button variant="subtle" size="compact-md" loading={checking} onClick={onCheck}>
            {t("administration.checkAgain")}
          </Button>
        </Alert>
      )}
      <div role="status">
        {checked.publishable ? (
          <Alert color="green" icon={<Icon name="check" />} data-testid="check-good">
            {t(found.length ? "administration.checkWarnings" : "administration.checkGood")}
          </Alert>
        ) : (
          <Alert color="red" icon={<Icon name="warning" />} data-testid="check-bad">
            {t("administration.checkBad", { count: wrong })}
          </Alert>
        )}
      </div>
      {found.length > 0 && (
        <Card title={t("administration.findings")}>
          <ul className={classes.listed} data-testid="findings">
            {found.map((one) => (
              <li key={`${one.code}/${one.path}/${one.en}`}>
                <button
                  type="button"
                  className={classes.found}
                  data-severity={one.severity}
                  onClick={() => onShow(one)}
                  data-testid={`finding-${one.code}`}
                >
                  <Icon name="warning" />
                  <span>
                    <b>{lang === "vi" ? one.vi : one.en}</b>
                    <span className={classes.dimmed}>
                      <Place one={one} definition={definition} /> · {one.code}
                    </span>
                  </span>
                  <Badge variant="light" color={one.severity === "error" ? "red" : "yellow"} ml="auto">
                    {t(`administration.severity.${one.severity}`)}
                  </Badge>
                </button>
              </li>
            ))}
          </ul>
        </Card>
      )}
      <ChangeList checked={checked} />
    </div>
  );
}

/** Where it is, in words: "Các bước · Đang thẩm tra · Vai trò". */
function Place({ one, definition }: { one: Located; definition: Definition }) {
  const { t } = useTranslation();
  const lang = useView((v) => v.lang);
  const index = indexOf(one, definition);
  const row = one.where === "general" || index === null ? null : definition[one.where][index];
  const field = one.field.split(".").find((member) => !/^\d+$/.test(member));
  return (
    <>
      {[
        word("part", one.where, t),
        row ? nameOf(row, lang) || t("administration.nameless") : one.row,
        field ? word("field", field, t) : null,
      ]
        .filter(Boolean)
        .join(" · ")}
    </>
  );
}
