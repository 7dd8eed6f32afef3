import { IntlMessageFormat } from "intl-messageformat";
import { ar } from "./ar.js";
import { de } from "./de.js";
import { en } from "./en.js";
import { es } from "./es.js";
import { fr } from "./fr.js";
import { type Direction, isolate } from "./isolate.js";
import { it } from "./it.js";
import { ja } from "./ja.js";
import type { MessageArguments, MessageKey, Messages, NoArguments } from "./messages.js";
import { nl } from "./nl.js";
import { pl } from "./pl.js";
import { pt } from "./pt.js";

/** To add a language, add a file of messages beside this one and a line here. */
export const languages = { en, es, fr, de, it, pt, nl, pl, ar, ja } as const satisfies Record<string, Messages>;
export type Language = keyof typeof languages;

type Arguments<Key extends MessageKey> = MessageArguments[Key] extends NoArguments
  ? NoArguments extends MessageArguments[Key]
    ? []
    : [MessageArguments[Key]]
  : [MessageArguments[Key]];

/** The texts of emails in one language. */
export interface Translations {
  readonly language: Language;
  readonly direction: Direction;
  /** A message for a line of its own; inserted text cannot change the order of its words (see `isolate`). */
  t<Key extends MessageKey>(key: Key, ...args: Arguments<Key>): string;
  /** A message for a mail header: without invisible characters, which some email clients show as boxes there. */
  tHeader<Key extends MessageKey>(key: Key, ...args: Arguments<Key>): string;
  /** "Ana, Ben and Eve". */
  list(names: readonly string[]): string;
  /** Keeps a text's direction apart from that of the text around it. */
  isolate(text: string): string;
}

// Parsing a message takes longer than composing an email, so each is parsed once.
const cache = new Map<Language, Translations>();

export function translationsFor(language: Language): Translations {
  const translations = cache.get(language) ?? createTranslations(language);
  cache.set(language, translations);
  return translations;
}

/** The language of a BCP 47 tag, or `null` when it is not supported. */
export function languageOf(locale: string | null): Language | null {
  const [tag = ""] = (locale ?? "").toLowerCase().split(/[-_]/, 1);
  return isLanguage(tag) ? tag : null;
}

function isLanguage(tag: string): tag is Language {
  return Object.hasOwn(languages, tag);
}

function createTranslations(language: Language): Translations {
  const messages: Messages = languages[language];
  const direction: Direction = language === "ar" ? "rtl" : "ltr";
  const names = new Intl.ListFormat(language, { type: "conjunction" });
  const formats = new Map<MessageKey, IntlMessageFormat>();

  function formatOf(key: MessageKey): IntlMessageFormat {
    const cached = formats.get(key);
    if (cached !== undefined) return cached;
    const format = new IntlMessageFormat(messages[key], language, undefined, { ignoreTag: true });
    formats.set(key, format);
    return format;
  }
  const constants = new Map<MessageKey, string>();

  // A message without arguments is formatted once.
  function format(key: MessageKey, args: Readonly<Record<string, string | number>>): string {
    const constant = constants.get(key);
    if (constant !== undefined) return constant;
    const text = String(formatOf(key).format(args));
    if (Object.keys(args).length === 0) constants.set(key, text);
    return text;
  }

  return {
    language,
    direction,
    t(key, ...[args = {}]) {
      const entries = Object.entries<string | number>(args);
      if (entries.length === 0) return format(key, args);
      const isolated = entries.map(([name, value]) => [
        name,
        typeof value === "string" ? isolate(value, direction) : value,
      ]);
      return format(key, Object.fromEntries(isolated));
    },
    tHeader: (key, ...[args = {}]) => format(key, args),
    list: (texts) => names.format(texts),
    isolate: (text) => isolate(text, direction),
  };
}
