import { type Language, languageOf } from "./translations.js";

export interface ChosenLanguage {
  readonly language: Language;
  /** For dates and numbers; in the same language. */
  readonly locale: string;
}

/** The visitor's language if it is supported, else the company's, else English. */
export function chooseLanguage(visitorLocale: string | null, companyLocale: string | null): ChosenLanguage {
  for (const locale of [visitorLocale, companyLocale]) {
    const language = languageOf(locale);
    if (language !== null && locale !== null) return { language, locale };
  }
  return { language: "en", locale: "en-GB" };
}
