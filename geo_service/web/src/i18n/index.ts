import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { type Language, view } from "../state/view";
import type administration from "./administration.vi.json";
import type board from "./board.vi.json";
import type citizen from "./citizen.vi.json";
import type dossier from "./dossier.vi.json";
import en from "./en.json";
import type findings from "./findings.vi.json";
import type imagery from "./imagery.vi.json";
import vi from "./vi.json";
import type work from "./work.vi.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: {
      translation: typeof vi &
        typeof work &
        typeof dossier &
        typeof citizen &
        typeof board &
        typeof findings &
        typeof imagery &
        typeof administration;
    };
  }
}

void i18next.use(initReactI18next).init({
  lng: view.get().lang,
  fallbackLng: "vi",
  resources: { vi: { translation: vi }, en: { translation: en } },
  interpolation: { escapeValue: false },
  showSupportNotice: false,
} as Parameters<typeof i18next.init>[0]);

/** Keeps language, address and document in step. */
export function setLanguage(lang: Language): void {
  view.set({ lang });
}

function follow(): void {
  const { lang } = view.get();
  document.documentElement.lang = lang;
  if (i18next.language !== lang) void i18next.changeLanguage(lang);
}
view.subscribe(follow);
follow();
