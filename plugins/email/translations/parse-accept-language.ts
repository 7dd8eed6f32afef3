import { languageOf } from "./translations.js";

/**
 * The first tag of an Accept-Language header (RFC 9110, 12.5.4) in a supported language; browsers put the preferred one
 * first.
 */
export function parseAcceptLanguage(header: string | null): string | null {
  const tags = (header ?? "").split(",").map((range) => range.split(";", 1)[0]?.trim() ?? "");
  return tags.find((tag) => languageOf(tag) !== null) ?? null;
}
