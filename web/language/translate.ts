import type { MessageArguments, MessageKey, NoArguments } from "./messages.js";

type Direction = "ltr" | "rtl";

type Arguments<Key extends MessageKey> = MessageArguments[Key] extends NoArguments
  ? NoArguments extends MessageArguments[Key]
    ? []
    : [MessageArguments[Key]]
  : [MessageArguments[Key]];

/** A message as `compileMessages` leaves it. */
type Compiled = string | ((args: Readonly<Record<string, string | number>>, plural: Plural, number: Number) => string);
export type CompiledMessages = Readonly<Record<MessageKey, Compiled>>;

/** Chooses the form for a number: "=1", or a plural category of the language. */
type Plural = (count: number, forms: Readonly<Partial<Record<string, string>>>) => string;
type Number = (count: number) => string;

/** The widget's texts in one language, with dates and numbers as its readers write them. */
export interface Translations {
  /** A BCP 47 tag. */
  readonly language: string;
  readonly direction: Direction;
  /** A text; what is inserted cannot change the order of its words. */
  t<Key extends MessageKey>(key: Key, ...args: Arguments<Key>): string;
  /** "Ana, Ben and Eve". */
  list(names: readonly string[]): string;
  /** "14:07" */
  time(at: Date): string;
  /** "Today, 14:07", "Yesterday, 14:07", "2 October, 14:07". */
  moment(at: Date, now: Date): string;
  /** "14:07", "2 October": for a list. */
  short(at: Date, now: Date): string;
  /** "1.2 MB" */
  size(bytes: number): string;
}

/** @param locale in the language of the messages, for dates and numbers */
export function translations(language: string, locale: string, messages: CompiledMessages): Translations {
  const direction: Direction = language === "ar" ? "rtl" : "ltr";
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(locale);
  const plural: Plural = (count, forms) => forms[`=${count}`] ?? forms[rules.select(count)] ?? forms.other ?? "";
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "short" });
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long" });
  const dayOfYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });
  const dayFormat = (at: Date, now: Date) => (at.getFullYear() === now.getFullYear() ? day : dayOfYear);
  const size = (value: number, unit: "kilobyte" | "megabyte", maximumFractionDigits: number) =>
    new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits }).format(value);

  // What may run against the direction of the sentence would reorder its words (UAX #9): all but Latin letters, or these.
  const foreign = direction === "ltr" ? /[^\0-\u02ff]/ : /[\0-\u02ff]/;
  const isolate = (text: string) => (foreign.test(text) ? `\u2068${text}\u2069` : text);

  const t: Translations["t"] = (key, ...[args = {}]) => {
    const message = messages[key];
    if (typeof message === "string") return message;
    const isolated = Object.entries<string | number>(args).map(([name, value]) => [
      name,
      typeof value === "string" ? isolate(value) : value,
    ]);
    return message(Object.fromEntries(isolated), plural, numbers.format);
  };
  return {
    language,
    direction,
    t,
    list: (names) => new Intl.ListFormat(language, { type: "conjunction" }).format(names),
    time: (at) => time.format(at),
    moment: (at, now) => {
      const ago = daysBetween(at, now);
      if (ago === 0) return t("today", { time: time.format(at) });
      if (ago === 1) return t("yesterday", { time: time.format(at) });
      return `${dayFormat(at, now).format(at)}, ${time.format(at)}`;
    },
    short: (at, now) => (daysBetween(at, now) === 0 ? time : dayFormat(at, now)).format(at),
    size: (bytes) =>
      bytes < 1_048_576 ? size(Math.ceil(bytes / 1024), "kilobyte", 0) : size(bytes / 1_048_576, "megabyte", 1),
  };
}

/** Calendar days of this device's time zone; at least 0, also where its clock is behind. */
function daysBetween(at: Date, now: Date): number {
  const midnight = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.max(0, Math.round((midnight(now) - midnight(at)) / 86_400_000));
}
