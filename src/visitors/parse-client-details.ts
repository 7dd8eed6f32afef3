import { parsePage } from "./parse-page.js";

const maxTagLength = 100;

/** What the browser reports about itself; null if it did not, or the value is unusable. */
export interface ClientDetails {
  readonly locale: string | null;
  readonly timeZone: string | null;
  readonly page: string | null;
}

export interface ClientDetailsInput {
  readonly locale?: string | null | undefined;
  readonly timeZone?: string | null | undefined;
  readonly page?: string | null | undefined;
}

/**
 * Unusable locales and time zones are ignored: they come from the browser, not from a person who could correct them.
 * @throws BAD_USER_INPUT for a page that is neither a URL nor a path
 */
export function parseClientDetails(input: ClientDetailsInput): ClientDetails {
  return {
    locale: input.locale == null ? null : parseLocale(input.locale),
    timeZone: input.timeZone == null ? null : parseTimeZone(input.timeZone),
    page: input.page == null ? null : parsePage("input.page", input.page),
  };
}

/** BCP 47 in canonical form, or null. */
function parseLocale(locale: string): string | null {
  if (locale.length > maxTagLength) return null;
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? null;
  } catch {
    // Intl throws a RangeError for an invalid language tag.
    return null;
  }
}

/** An IANA name, or null. UTC offsets, which Intl accepts too, are not names. */
function parseTimeZone(timeZone: string): string | null {
  if (timeZone.length > maxTagLength || !/^[A-Za-z]/.test(timeZone)) return null;
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    return timeZone;
  } catch {
    // Intl throws a RangeError for an unknown time zone.
    return null;
  }
}
