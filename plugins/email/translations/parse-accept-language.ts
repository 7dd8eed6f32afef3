import { languageOf } from "./translations.js";

/** Pure: the first tag of an Accept-Language header (RFC 9110, 12.5.4) whose language is one of ours; browsers put the best first. */
export function acceptedLocale(header: string | null): string | null {
  const tags = (header ?? "").split(",").map((range) => range.split(";", 1)[0]?.trim() ?? "");
  return tags.find((tag) => languageOf(tag) !== null) ?? null;
}
