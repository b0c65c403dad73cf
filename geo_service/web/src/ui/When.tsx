import { ago, dateTime } from "../format";
import { useView } from "../state/view";
import classes from "./When.module.css";

/** A moment: how long ago, and exactly when. */
export function When({ at, row }: { at: string; row?: boolean }) {
  const lang = useView((v) => v.lang);
  return (
    <time dateTime={at} className={classes.when} data-row={row}>
      <span>{dateTime(at)}</span> <span className={classes.ago}>{ago(at, Date.now(), lang)}</span>
    </time>
  );
}
