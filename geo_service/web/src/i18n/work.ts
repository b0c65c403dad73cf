/**
 * The sentences of the screens that are fetched when somebody opens them; every such screen imports this
 * module. The map itself must not need them.
 */
import i18next from "i18next";
import en from "./work.en.json";
import vi from "./work.vi.json";

for (const [lang, words] of Object.entries({ vi, en })) {
  i18next.addResourceBundle(lang, "translation", words, true, false);
}
