/** The address of a view: `#map=17.50/21.02850/105.85420&parcel=…&at=…&page=…&dossier=…&lang=vi`; a receipt's: `#page=track&code=…&t=…`. */
export const PAGES = [
  "account",
  "admin",
  "audit",
  "approvals",
  "procedures",
  "file",
  "mine",
  "track",
  "counter",
  "desk",
  "dossier",
  "board",
  "catalogue",
  "calendar",
  "partners",
  "findings",
  "precision",
] as const;
export type PageName = (typeof PAGES)[number];

export interface Camera {
  zoom: number;
  lat: number;
  lon: number;
}
export interface Address {
  camera: Camera | null;
  parcel: string | null;
  at: number | null;
  /** what is open over the map or beside it */
  page: PageName | null;
  /** id of the dossier that is open */
  dossier: string | null;
  /** id of the finding that is open */
  finding: string | null;
  /** code of the dossier that is followed, and the secret of its receipt */
  code: string | null;
  token: string | null;
  /** what is shown from above, as imagery/view.ts writes it */
  imagery: string | null;
  /** the forecast of building, over or without it */
  forecast: boolean;
  lang: "vi" | "en" | null;
}

function cameraOf(text: string | null): Camera | null {
  const [zoom, lat, lon] = (text ?? "").split("/").map((part) => (part === "" ? Number.NaN : Number(part)));
  if (zoom === undefined || lat === undefined || lon === undefined) return null;
  if (![zoom, lat, lon].every(Number.isFinite)) return null;
  if (zoom < 0 || zoom > 24 || Math.abs(lat) > 85 || Math.abs(lon) > 180) return null;
  return { zoom, lat, lon };
}

export function readHash(hash: string): Address {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const at = values.get("at");
  const lang = values.get("lang");
  const page = values.get("page");
  return {
    camera: cameraOf(values.get("map")),
    parcel: values.get("parcel")?.trim() || null,
    at: at !== null && /^\d{1,15}$/.test(at) ? Number(at) : null,
    page: PAGES.find((name) => name === page) ?? null,
    dossier: /^[0-9a-f-]{36}$/.exec(values.get("dossier") ?? "")?.[0] ?? null,
    finding: /^[0-9a-f-]{36}$/.exec(values.get("finding") ?? "")?.[0] ?? null,
    code: values.get("code")?.trim().slice(0, 60) || null,
    token: values.get("t")?.trim().slice(0, 40) || null,
    imagery: /^[\w,.~-]{1,260}$/.exec(values.get("img") ?? "")?.[0] ?? null,
    forecast: values.get("forecast") === "1",
    lang: lang === "vi" || lang === "en" ? lang : null,
  };
}

export function writeHash(address: Address): string {
  const { camera, parcel, at, page, dossier, finding, code, token, imagery, forecast, lang } = address;
  const parts: string[] = [];
  if (camera) {
    parts.push(`map=${camera.zoom.toFixed(2)}/${camera.lat.toFixed(6)}/${camera.lon.toFixed(6)}`);
  }
  if (parcel) parts.push(`parcel=${encodeURIComponent(parcel)}`);
  if (at !== null) parts.push(`at=${at}`);
  if (page) parts.push(`page=${page}`);
  if (dossier) parts.push(`dossier=${dossier}`);
  if (finding) parts.push(`finding=${finding}`);
  if (code) parts.push(`code=${encodeURIComponent(code)}`);
  if (token) parts.push(`t=${encodeURIComponent(token)}`);
  if (imagery) parts.push(`img=${imagery}`);
  if (forecast) parts.push("forecast=1");
  if (lang) parts.push(`lang=${lang}`);
  return `#${parts.join("&")}`;
}
