import { createContext, useContext } from "react";
import type { MapController } from "./controller";

export const MapContext = createContext<MapController | null>(null);

export function useMap(): MapController {
  const controller = useContext(MapContext);
  if (!controller) throw new Error("useMap outside of the map");
  return controller;
}
