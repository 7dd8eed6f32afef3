import { LRUCache } from "lru-cache";

/** Formats dates for a visitor. */
export interface DateFormats {
  /** Date and time of day, with "UTC" if the visitor's time zone is unknown. */
  dateTime(date: Date): string;
  /** Day and month. */
  day(date: Date): string;
}

const FALLBACK_LOCALE = "en-GB";

// Creating a formatter takes longer than all the rest of an email; bounded, because both values come from browsers.
const cache = new LRUCache<string, DateFormats>({ max: 200 });

/** Formats for a locale and a time zone; a missing, invalid or unknown one falls back to English or UTC. */
export function dateFormatsFor(locale: string, timeZone: string | null): DateFormats {
  const key = JSON.stringify([locale, timeZone]);
  const formats = cache.get(key) ?? createDateFormats(locale, timeZone);
  cache.set(key, formats);
  return formats;
}

function createDateFormats(requestedLocale: string, requestedZone: string | null): DateFormats {
  const locale = supportedLocale(requestedLocale);
  const timeZone = supportedTimeZone(requestedZone);
  const zone = timeZone ?? "UTC";
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short", timeZone: zone });
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", timeZone: zone });
  return {
    dateTime: (date) => (timeZone === null ? `${dateTime.format(date)} UTC` : dateTime.format(date)),
    day: (date) => day.format(date),
  };
}

function supportedLocale(locale: string): string {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(locale)[0] ?? FALLBACK_LOCALE;
  } catch {
    return FALLBACK_LOCALE;
  }
}

function supportedTimeZone(timeZone: string | null): string | null {
  if (!timeZone) return null;
  try {
    return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}
