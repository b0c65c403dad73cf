/** Sentences of screens that are fetched when somebody opens them; each of them imports this module. */
import i18next from "i18next";
import en from "./imagery.en.json";
import vi from "./imagery.vi.json";

for (const [lang, words] of Object.entries({ vi, en })) {
  i18next.addResourceBundle(lang, "translation", words, true, false);
}
