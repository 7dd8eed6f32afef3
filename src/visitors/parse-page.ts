import { badUserInput } from "../errors.js";

const maxPageLength = 2_000;
// An arbitrary origin, to check that a path does not lead to another one.
const anyOrigin = "http://website.invalid";

/**
 * Parses the page that a visitor is viewing: an http or https URL, or a path that begins with a slash.
 * @throws BAD_USER_INPUT for `field` if it is anything else, or longer than 2,000 characters
 */
export function parsePage(field: string, page: string): string {
  const trimmed = page.trim();
  if (trimmed.length > maxPageLength) {
    throw badUserInput(field, `A page can have at most ${maxPageLength} characters.`);
  }
  if (/\p{Cc}/u.test(trimmed) || !isPage(trimmed)) {
    throw badUserInput(
      field,
      "A page must be a URL that begins with http:// or https://, or a path that begins with /.",
    );
  }
  return trimmed;
}

function isPage(page: string): boolean {
  if (page.startsWith("/")) return URL.canParse(page, anyOrigin) && new URL(page, anyOrigin).origin === anyOrigin;
  return URL.canParse(page) && /^https?:$/.test(new URL(page).protocol);
}
