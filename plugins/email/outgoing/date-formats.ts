import { LRUCache } from "lru-cache";

/** How a visitor reads points in time. */
export interface Times {
  /** Date and time of day, with "UTC" when the visitor's zone is not known. */
  moment(date: Date): string;
  /** Day and month. */
  day(date: Date): string;
}

const FALLBACK_LOCALE = "en-GB";

// A formatter takes longer to make than all the rest of a mail; bounded, because both texts come from browsers.
const known = new LRUCache<string, Times>({ max: 200 });

/** Times in a zone and a locale; what is missing, misspelt or unknown falls back to UTC and English. */
export function timesIn(locale: string, timeZone: string | null): Times {
  const key = JSON.stringify([locale, timeZone]);
  const times = known.get(key) ?? makeTimes(locale, timeZone);
  known.set(key, times);
  return times;
}

function makeTimes(requestedLocale: string, requestedZone: string | null): Times {
  const locale = knownLocale(requestedLocale);
  const timeZone = knownTimeZone(requestedZone);
  const zone = timeZone ?? "UTC";
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short", timeZone: zone });
  const day = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", timeZone: zone });
  return {
    moment: (date) => (timeZone === null ? `${moment.format(date)} UTC` : moment.format(date)),
    day: (date) => day.format(date),
  };
}

function knownLocale(locale: string): string {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(locale)[0] ?? FALLBACK_LOCALE;
  } catch {
    return FALLBACK_LOCALE;
  }
}

function knownTimeZone(timeZone: string | null): string | null {
  if (!timeZone) return null;
  try {
    return new Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}
