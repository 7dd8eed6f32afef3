import { badUserInput } from "../errors.js";

const maxPageLength = 2_000;
const maxTagLength = 100;
// Any origin: only to see whether what is given stays on the site it is on.
const someSite = "http://website.invalid";

/** What the browser says of itself; null: did not say, or nothing usable. */
export interface Visit {
  readonly locale: string | null;
  readonly timeZone: string | null;
  readonly page: string | null;
}

export interface VisitInput {
  readonly locale?: string | null | undefined;
  readonly timeZone?: string | null | undefined;
  readonly page?: string | null | undefined;
}

/**
 * Locale and time zone come from the browser, not from a person who could correct them: unusable ones are ignored.
 * @throws BAD_USER_INPUT for a page that is neither a URL nor a path
 */
export function readVisit(input: VisitInput): Visit {
  return {
    locale: input.locale == null ? null : readLocale(input.locale),
    timeZone: input.timeZone == null ? null : readTimeZone(input.timeZone),
    page: input.page == null ? null : parsePage("input.page", input.page),
  };
}

/** BCP 47 in canonical form, or null. */
function readLocale(locale: string): string | null {
  if (locale.length > maxTagLength) return null;
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? null;
  } catch {
    // A RangeError is how Intl says that this is no language tag.
    return null;
  }
}

/** An IANA name, or null. Offsets, which Intl knows too, are none. */
function readTimeZone(timeZone: string): string | null {
  if (timeZone.length > maxTagLength || !/^[A-Za-z]/.test(timeZone)) return null;
  try {
    new Intl.DateTimeFormat("en", { timeZone });
    return timeZone;
  } catch {
    // A RangeError is how Intl says that it knows no such zone.
    return null;
  }
}

/**
 * The page that a visitor looks at: an http or https URL, or a path that begins with a slash.
 * @throws BAD_USER_INPUT for `field` when it is anything else, or longer than 2,000 characters
 */
export function parsePage(field: string, page: string): string {
  const trimmed = page.trim();
  if (trimmed.length > maxPageLength) throw badUserInput(field, `A page has at most ${maxPageLength} characters.`);
  if (/\p{Cc}/u.test(trimmed) || !isPage(trimmed)) {
    throw badUserInput(field, "A page is a URL that begins with http:// or https://, or a path that begins with /.");
  }
  return trimmed;
}

function isPage(page: string): boolean {
  if (page.startsWith("/")) return URL.canParse(page, someSite) && new URL(page, someSite).origin === someSite;
  return URL.canParse(page) && /^https?:$/.test(new URL(page).protocol);
}
