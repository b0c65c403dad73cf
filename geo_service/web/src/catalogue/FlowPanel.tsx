import { Button, SegmentedControl } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Definition } from "../api/administrationTypes";
import { Icon } from "../ui/icons";
import classes from "./Catalogue.module.css";
import type { Chosen } from "./chosen";
import { added, newStep } from "./definition";
import type { Located } from "./findings";
import { FlowDiagram } from "./FlowDiagram";
import { FlowDrawer } from "./FlowDrawer";
import { FlowList } from "./FlowList";
import flow from "./Flow.module.css";

interface Props {
  definition: Definition;
  found: readonly Located[];
  chosen: Chosen | null;
  onChoose: (chosen: Chosen | null) => void;
  /** none: it can only be looked at */
  onEdit: ((now: Definition, about?: string) => void) | null;
}

/** The flow of a procedure, as a picture or as a list, with the form of what was tapped. */
export function FlowPanel({ definition, found, chosen, onChoose, onEdit }: Props) {
  const { t } = useTranslation();
  const phone = useMediaQuery("(max-width: 48em)", undefined, { getInitialValueInEffect: false });
  const [as, setAs] = useState<string | null>(null);
  const shown = as ?? (phone ? "list" : "picture");
  return (
    <div className={classes.stack}>
      <div className={classes.actions}>
        <SegmentedControl
          value={shown}
          onChange={setAs}
          data={[
            { value: "picture", label: t("administration.asPicture") },
            { value: "list", label: t("administration.asList") },
          ]}
          aria-label={t("administration.showAs")}
          data-testid="flow-as"
        />
        {onEdit && (
          <Button
            variant="light"
            leftSection={<Icon name="plus" />}
            onClick={() => {
              const next = added(definition, "steps", newStep(definition));
              onEdit(next);
              onChoose({ part: "steps", index: next.steps.length - 1 });
            }}
            data-testid="add-step"
          >
            {t("administration.addStep")}
          </Button>
        )}
        <div className={flow.legend}>
          <span>
            <Icon name="clock" /> {t("administration.flowClock.running")}
          </span>
          <span>
            <Icon name="pause" /> {t("administration.flowClock.paused")}
          </span>
          <span>
            <Icon name="redo" size={18} /> {t("administration.stays")}
          </span>
          <span>
            <Icon name="exit" size={18} /> {t("administration.endsThere")}
          </span>
        </div>
      </div>
      {shown === "picture" ? (
        <FlowDiagram definition={definition} found={found} chosen={chosen} onChoose={onChoose} />
      ) : (
        <FlowList definition={definition} found={found} onChoose={onChoose} />
      )}
      <FlowDrawer definition={definition} found={found} chosen={chosen} onEdit={onEdit} onChoose={onChoose} />
    </div>
  );
}
