import { type CompiledMessages, type Translations, translations } from "./translate.js";

// Their values are compiled: see compile-messages.ts.
const languages: Readonly<Record<string, () => Promise<object>>> = {
  ar: () => import("./translations/ar.js"),
  de: () => import("./translations/de.js"),
  en: () => import("./translations/en.js"),
  es: () => import("./translations/es.js"),
  fr: () => import("./translations/fr.js"),
  it: () => import("./translations/it.js"),
  ja: () => import("./translations/ja.js"),
  nl: () => import("./translations/nl.js"),
  pl: () => import("./translations/pl.js"),
  pt: () => import("./translations/pt.js"),
};

/**
 * The texts in the first of these languages that is supported, else in English.
 * @param locales BCP 47 tags, the preferred one first
 */
export async function loadLanguage(locales: readonly (string | null | undefined)[]): Promise<Translations> {
  for (const locale of locales) {
    const language = languageOf(locale);
    const load = language === null ? undefined : languages[language];
    if (language != null && load !== undefined) return read(load, language, locale ?? language);
  }
  return read(languages.en, "en", "en-GB");
}

async function read(
  load: (() => Promise<object>) | undefined,
  language: string,
  locale: string,
): Promise<Translations> {
  const [messages] = Object.values((await load?.()) ?? {});
  return translations(language, locale, messages as CompiledMessages);
}

/** Of a tag that a person may have mistyped: null if it is none. */
function languageOf(locale: string | null | undefined): string | null {
  try {
    return locale == null ? null : new Intl.Locale(locale).language;
  } catch {
    return null;
  }
}
