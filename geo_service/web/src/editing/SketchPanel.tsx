import { Button, Group, Stack, Switch, Text, Title } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { useEditing } from "./context";
import classes from "./Edit.module.css";
import { AreaForm, FactsForm } from "./SketchForms";
import { type Sketch, toIntent, turnPath, wants } from "./sketch";
import { TypedPoint } from "./TypedPoint";

/** What the tool in use asks for next, and the typed way to give it. */
export function SketchPanel({ sketch }: { sketch: Sketch }) {
  const { t } = useTranslation();
  const { dispatch, advance, faces, snapping, setSnapping } = useEditing();
  const want = wants(sketch);
  const intent = toIntent(sketch);
  const lineReady =
    sketch.tool === "transfer" && !sketch.lineDone && want === "point" && sketch.points.length >= 2;
  const cancel = () => dispatch({ type: "cancelSketch" });
  const finish = () => {
    if (lineReady) advance({ ...sketch, lineDone: true });
    else if (intent) dispatch({ type: "finish", intent });
  };
  useHotkeys([
    ["Enter", finish],
    ["Escape", cancel],
  ]);

  const actions = (
    <Group>
      <Button onClick={finish} disabled={!intent && !lineReady} data-testid="preview">
        {t(lineReady ? "edit.lineDone" : "edit.preview")}
      </Button>
      <Button variant="default" onClick={cancel} data-testid="cancel-sketch">
        {t("edit.cancel")}
      </Button>
    </Group>
  );

  return (
    <Stack gap="sm" data-testid="sketch" data-want={want}>
      <Title order={3} size="h5">
        {t(`tool.${sketch.tool}.name`)}
      </Title>
      <Text className={classes.hint} role="status" aria-live="polite">
        {t(`want.${want}`)}
      </Text>
      {sketch.parcels.length > 0 && (
        <Text>
          {t("edit.chosen")}{" "}
          <b data-testid="chosen">{sketch.parcels.map(({ label, id }) => label || `#${id}`).join(", ")}</b>
        </Text>
      )}
      {want !== "form" && actions}
      {(want === "point" || want === "edge") && (
        <Switch
          size="md"
          label={t("edit.snapping")}
          checked={snapping}
          onChange={(event) => setSnapping(event.currentTarget.checked)}
        />
      )}
      {want === "point" && <TypedPoint sketch={sketch} />}
      {sketch.path && (
        <Button variant="light" onClick={() => dispatch({ type: "sketch", sketch: turnPath(sketch, faces) })}>
          {t("edit.otherWay")}
        </Button>
      )}
      {want === "form" && sketch.tool === "split_by_area" && <AreaForm sketch={sketch} />}
      {want === "form" && (sketch.tool === "reclassify" || sketch.tool === "renumber") && (
        <FactsForm sketch={sketch} />
      )}
      {want === "form" && actions}
    </Stack>
  );
}
