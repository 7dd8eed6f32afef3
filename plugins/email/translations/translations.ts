import { IntlMessageFormat } from "intl-messageformat";
import { ar } from "./ar.js";
import { de } from "./de.js";
import { en } from "./en.js";
import { es } from "./es.js";
import { fr } from "./fr.js";
import { type Direction, isolate } from "./isolate.js";
import { it } from "./it.js";
import { ja } from "./ja.js";
import type { MessageArguments, MessageKey, Nothing, Sentences } from "./messages.js";
import { nl } from "./nl.js";
import { pl } from "./pl.js";
import { pt } from "./pt.js";

/** A language is a file of sentences beside this one and a line here. */
export const languages = { en, es, fr, de, it, pt, nl, pl, ar, ja } as const satisfies Record<string, Sentences>;
export type Language = keyof typeof languages;

type Given<Name extends MessageKey> = MessageArguments[Name] extends Nothing
  ? Nothing extends MessageArguments[Name]
    ? []
    : [MessageArguments[Name]]
  : [MessageArguments[Name]];

/** What a mail can say in one language. */
export interface Words {
  readonly language: Language;
  readonly direction: Direction;
  /** A sentence for a line of its own; what is put into it cannot change its order. */
  say<Name extends MessageKey>(name: Name, ...given: Given<Name>): string;
  /** A sentence for a header: no invisible characters, which some programs show as boxes there. */
  sayInHeader<Name extends MessageKey>(name: Name, ...given: Given<Name>): string;
  /** "Ana, Ben and Eve". */
  list(names: readonly string[]): string;
  /** Keeps a text's order apart from what stands beside it. */
  isolate(text: string): string;
}

// A sentence takes longer to read than a whole mail to write: each is read once.
const spoken = new Map<Language, Words>();

export function translationsOf(language: Language): Words {
  const words = spoken.get(language) ?? makeWords(language);
  spoken.set(language, words);
  return words;
}

/** The language of a BCP 47 tag, or `null` when it is none of ours. */
export function languageOf(locale: string | null): Language | null {
  const [tag = ""] = (locale ?? "").toLowerCase().split(/[-_]/, 1);
  return isLanguage(tag) ? tag : null;
}

function isLanguage(tag: string): tag is Language {
  return Object.hasOwn(languages, tag);
}

function makeWords(language: Language): Words {
  const sentences: Sentences = languages[language];
  const direction: Direction = language === "ar" ? "rtl" : "ltr";
  const names = new Intl.ListFormat(language, { type: "conjunction" });
  const formats = new Map<MessageKey, IntlMessageFormat>();

  function formatOf(name: MessageKey): IntlMessageFormat {
    const known = formats.get(name);
    if (known !== undefined) return known;
    const format = new IntlMessageFormat(sentences[name], language, undefined, { ignoreTag: true });
    formats.set(name, format);
    return format;
  }
  const fixed = new Map<MessageKey, string>();

  // What nothing is put into is the same in every mail.
  function format(name: MessageKey, given: Readonly<Record<string, string | number>>): string {
    const known = fixed.get(name);
    if (known !== undefined) return known;
    const sentence = String(formatOf(name).format(given));
    if (Object.keys(given).length === 0) fixed.set(name, sentence);
    return sentence;
  }

  return {
    language,
    direction,
    say(name, ...[given = {}]) {
      const entries = Object.entries<string | number>(given);
      if (entries.length === 0) return format(name, given);
      const isolated = entries.map(([key, value]) => [
        key,
        typeof value === "string" ? isolate(value, direction) : value,
      ]);
      return format(name, Object.fromEntries(isolated));
    },
    sayInHeader: (name, ...[given = {}]) => format(name, given),
    list: (texts) => names.format(texts),
    isolate: (text) => isolate(text, direction),
  };
}
