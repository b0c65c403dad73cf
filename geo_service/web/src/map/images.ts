/** Small pictures the style needs, drawn here so that nothing is fetched. */
import type { Map as MapLibre } from "maplibre-gl";

function canvas(width: number, height: number): CanvasRenderingContext2D {
  const element = document.createElement("canvas");
  element.width = width;
  element.height = height;
  const context = element.getContext("2d");
  if (!context) throw new Error("2d canvas is not available");
  return context;
}

function hatch(color: string): ImageData {
  const size = 16;
  const context = canvas(size, size);
  context.strokeStyle = color;
  context.lineWidth = 1.6;
  for (const offset of [-size, 0, size]) {
    context.beginPath();
    context.moveTo(offset - 2, size + 2);
    context.lineTo(offset + size + 2, -2);
    context.stroke();
  }
  return context.getImageData(0, 0, size, size);
}

/** A thin rule at a third of the height; above and below it stretch, the rule itself does not. */
function rule(): ImageData {
  const context = canvas(8, 34);
  context.fillStyle = "#292524";
  context.fillRect(0, 11, 8, 2);
  return context.getImageData(0, 0, 8, 34);
}

export function addImages(map: MapLibre): void {
  map.addImage("hatch", hatch("#a8a29e"), { pixelRatio: 2 });
  map.addImage("hatch-disputed", hatch("#c2410c"), { pixelRatio: 2 });
  map.addImage("label-rule", rule(), {
    pixelRatio: 2,
    stretchX: [[0, 8]],
    stretchY: [
      [0, 11],
      [13, 34],
    ],
    content: [0, 0, 8, 34],
  });
}
