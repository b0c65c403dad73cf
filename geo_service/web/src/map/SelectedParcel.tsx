import { useEffect, useRef } from "react";
import { useParcel } from "../api/queries";
import { useEditing } from "../editing/context";
import { selectParcel, useView } from "../state/view";
import { useMap } from "./context";
import { usePicking } from "./picking";

/** Click selects; the outline of the selected parcel is drawn from the register, not from a tile. */
export function SelectedParcel() {
  const controller = useMap();
  const key = useView((v) => v.parcel);
  const at = useView((v) => v.at);
  const parcel = useParcel(key, at);
  const { state } = useEditing();
  const pointing = usePicking();
  const busy = state.sketch !== null || pointing;
  const clicked = useRef(false);
  // moved for once a parcel: later versions of it must not move the map
  const shown = useRef<string | null>(null);

  useEffect(() => {
    const { map } = controller;
    const onClick = (event: { point: { x: number; y: number } }) => {
      if (busy) return;
      const face = controller.faceAt(event.point);
      clicked.current = true;
      shown.current = null;
      selectParcel(face ? (face.code ?? face.id) : null);
    };
    const onMove = (event: { point: { x: number; y: number } }) => {
      if (busy) return;
      map.getCanvas().style.cursor = controller.faceAt(event.point) ? "pointer" : "";
    };
    map.on("click", onClick);
    map.on("mousemove", onMove);
    return () => {
      map.off("click", onClick);
      map.off("mousemove", onMove);
    };
  }, [controller, busy]);

  const geometry = key ? (parcel.data?.geometry ?? null) : null;
  useEffect(() => {
    void controller.draw("selection", geometry);
  }, [controller, geometry]);

  useEffect(() => {
    if (shown.current === key || !parcel.data || !clicked.current) return;
    shown.current = key;
    clicked.current = false;
    controller.uncover(parcel.data.bounds);
  }, [controller, key, parcel.data]);
  return null;
}
