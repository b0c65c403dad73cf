import { useTranslation } from "react-i18next";
import { useParcel } from "../api/queries";
import { useView } from "../state/view";
import { Icon, type IconName } from "../ui/icons";
import { useEditing } from "./context";
import classes from "./Edit.module.css";
import { TOOLS, type Tool } from "./sketch";

const ICON: Record<Tool, IconName> = {
  split_by_line: "split",
  split_by_area: "area",
  merge: "merge",
  move_point: "corner",
  move_boundary: "boundary",
  add_point: "addPoint",
  transfer: "transfer",
  reclassify: "tag",
  renumber: "number",
};

/** The tools; one that needs a parcel begins with the selected one. */
export function ToolList() {
  const { t } = useTranslation();
  const { allowed, pickTool, state, dispatch } = useEditing();
  const key = useView((v) => v.parcel);
  const selected = useParcel(key, null).data;
  const parcel =
    selected && key !== null && selected.status === "current" && !state.intents.length
      ? { id: selected.id, code: selected.code, label: label(selected) }
      : null;
  return (
    <div className={classes.tools}>
      {TOOLS.map((tool) => (
        <button
          key={tool}
          type="button"
          className={classes.tool}
          disabled={!allowed}
          onClick={() => {
            if (state.phase === "done") dispatch({ type: "close" });
            pickTool(tool, parcel);
          }}
          data-testid={`tool-${tool}`}
        >
          <Icon name={ICON[tool]} size={24} />
          {t(`tool.${tool}.name`)}
        </button>
      ))}
    </div>
  );
}

function label({ sheet, number, id }: { sheet: string | null; number: string | null; id: number }): string {
  return number ? [sheet, number].filter(Boolean).join("/") : `#${id}`;
}
