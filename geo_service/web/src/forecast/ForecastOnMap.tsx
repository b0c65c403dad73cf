import type { MapMouseEvent } from "maplibre-gl";
import { useEffect } from "react";
import type { Forecast } from "../api/imagery";
import { useForecasts } from "../api/imageryQueries";
import { useSession } from "../api/queries";
import { useImagery } from "../imagery/view";
import { useMap } from "../map/context";
import { may } from "../session/may";
import { COLOUR } from "./classes";
import { picked } from "./view";

const SOURCE = "forecast";
const LAYERS = ["forecast-veil", "forecast-fill", "forecast-likely"] as const;
/** Over the colours of land use, under boundaries and numbers. */
const BELOW = "faces-boundary";

/** Open land by its chance to be built on; rings around the most likely parcels. */
export default function ForecastOnMap() {
  const forecast = useForecasts(may(useSession().data?.user, "finding.read")).data?.items[0];
  return forecast?.better ? <Choropleth key={forecast.id} forecast={forecast} /> : null;
}

function Choropleth({ forecast: { id } }: { forecast: Forecast }) {
  const { map } = useMap();
  const pictured = useImagery((v) => v.scene !== null);

  useEffect(() => {
    const tiles = [`${location.origin}/tiles/forecasts/${id}/{z}/{x}/{y}.mvt`];
    map.addSource(SOURCE, { type: "vector", tiles, minzoom: 5, maxzoom: 16 });
    map.addLayer({ id: "forecast-veil", type: "background", paint: { "background-color": "#fff" } }, BELOW);
    map.addLayer(
      {
        id: "forecast-fill",
        type: "fill",
        source: SOURCE,
        "source-layer": "parcels",
        paint: { "fill-color": COLOUR },
      },
      BELOW,
    );
    map.addLayer({
      id: "forecast-likely",
      type: "circle",
      source: SOURCE,
      "source-layer": "likely",
      maxzoom: 17,
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 3, 16, 8],
        "circle-color": ["step", ["zoom"], COLOUR, 14.5, "rgba(0,0,0,0)"],
        "circle-stroke-color": "#b45309",
        "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 9, 1.2, 16, 2.5],
      },
    });
    const onClick = ({ point }: MapMouseEvent) => {
      const hit = map.queryRenderedFeatures(point, { layers: ["forecast-fill"] })[0]?.properties;
      picked.set({
        parcel: hit ? { probability: Number(hit.probability), rank: Number(hit.rank) } : null,
      });
    };
    map.on("click", onClick);
    return () => {
      map.off("click", onClick);
      picked.set({ parcel: null });
      for (const layer of LAYERS) if (map.getLayer(layer)) map.removeLayer(layer);
      if (map.getSource(SOURCE)) map.removeSource(SOURCE);
    };
  }, [map, id]);

  useEffect(() => {
    // a picture shows through; the colours of land use step back
    map.setPaintProperty("forecast-veil", "background-opacity", pictured ? 0 : 0.6);
    map.setPaintProperty("forecast-fill", "fill-opacity", pictured ? 0.6 : 1);
  }, [map, pictured, id]);
  return null;
}
