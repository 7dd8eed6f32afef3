import { LRUCache } from "lru-cache";

/** How a visitor reads points in time. */
export interface Times {
  /**
   * Date and time of day, with "UTC" when the visitor's zone is not known. One that runs from right to left is isolated,
   * so that a name beside it does not reorder it.
   */
  moment(date: Date): string;
  /** The date alone, in the language of the mail. */
  day(date: Date): string;
}

const MAIL_LOCALE = "en-GB";
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

interface Reader {
  readonly locale: string | null;
  readonly timeZone: string | null;
}

// A formatter takes longer to make than all the rest of a mail; bounded, because both texts come from browsers.
const known = new LRUCache<string, Times>({ max: 200 });

/** Times in the visitor's zone and locale; what is missing, misspelt or unknown falls back to English and UTC. */
export function visitorTimes(visitor: Reader): Times {
  const key = JSON.stringify([visitor.locale, visitor.timeZone]);
  const times = known.get(key) ?? makeTimes(visitor);
  known.set(key, times);
  return times;
}

function makeTimes(visitor: Reader): Times {
  const locale = knownLocale(visitor.locale);
  const timeZone = knownTimeZone(visitor.timeZone);
  const zone = timeZone ?? "UTC";
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short", timeZone: zone });
  const day = new Intl.DateTimeFormat(/^en\b/i.test(locale) ? locale : MAIL_LOCALE, {
    day: "numeric",
    month: "long",
    timeZone: zone,
  });
  return {
    moment: (date) => isolated(timeZone === null ? `${moment.format(date)} UTC` : moment.format(date)),
    day: (date) => day.format(date),
  };
}

/** In FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (UAX #9), where the text needs it. */
function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}

function knownLocale(locale: string | null): string {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(locale ?? [])[0] ?? MAIL_LOCALE;
  } catch {
    return MAIL_LOCALE;
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
