import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useTimeline } from "../api/queries";
import { dateTime, integer } from "../format";
import { useView, view } from "../state/view";
import { Icon } from "../ui/icons";
import classes from "./Time.module.css";
import { markOf } from "./timeline";

/** Nobody may take a past state for the present one. */
export function PastBanner() {
  const { t } = useTranslation();
  const at = useView((v) => v.at);
  const lang = useView((v) => v.lang);
  const timeline = useTimeline(at !== null);
  if (at === null) return null;
  const marks = timeline.data?.items ?? [];
  const mark = marks[markOf(marks, at)];
  return (
    <div className={classes.banner} role="status" data-testid="past-banner">
      <Icon name="clock" />
      <span>
        {mark
          ? t("time.viewing", { date: dateTime(mark.at), seq: integer(at, lang) })
          : t("time.viewingSeq", { seq: integer(at, lang) })}
      </span>
      <Button color="dark" onClick={() => view.set({ at: null })} data-testid="back-to-now">
        {t("time.back")}
      </Button>
    </div>
  );
}
