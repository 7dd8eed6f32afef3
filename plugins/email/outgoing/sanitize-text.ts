/**
 * Line ends and everything else that could break out of a header or reorder a line: controls, separators, bidi
 * overrides.
 */
const NOT_IN_NAMES = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+/gu;
const MAX_NAME_GRAPHEMES = 60;
/** A single grapheme can contain any number of combining marks. */
const MAX_NAME_LENGTH = 240;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * The name for use in a header and a greeting, or `null` if it cannot be displayed. Addresses and links are not names:
 * they would reveal an agent's address, or send advertising to the owner of an address that someone else typed.
 */
export function displayName(name: string | null): string | null {
  const clean = sanitizeName(name ?? "");
  return clean === "" || /@|:\/\/|\bwww\./i.test(clean) ? null : clean;
}

/** One line of at most 60 graphemes, without control characters. */
export function sanitizeName(name: string): string {
  return truncate(name.replace(NOT_IN_NAMES, " ").replace(/\s+/gu, " ").trim(), {
    graphemes: MAX_NAME_GRAPHEMES,
    length: MAX_NAME_LENGTH,
  });
}

/** Like `sanitizeName`, but a name that is too long keeps its file extension. */
export function sanitizeFileName(name: string): string {
  const clean = sanitizeName(name);
  const [extension] = /\.[\p{L}\p{N}]{1,8}\s*$/u.exec(name) ?? [];
  if (extension === undefined || !clean.endsWith("…")) return clean;
  return `${truncate(clean, { graphemes: MAX_NAME_GRAPHEMES - extension.length, length: MAX_NAME_LENGTH })}${extension.trim()}`;
}

/** Line ends become `\n`; other control characters are removed, and broken surrogate pairs replaced. */
export function sanitizeText(text: string): string {
  return text
    .replace(/\r\n|[\r\v\f\u0085\u2028\u2029]/g, "\n")
    .replace(/[^\P{Cc}\n\t]/gu, "")
    .replace(/\p{Cs}/gu, "\ufffd")
    .replace(/^\n+/, "")
    .trimEnd();
}

/**
 * The longest beginning within both limits, with an ellipsis if something was removed; never ends inside a grapheme.
 */
function truncate(text: string, limit: { readonly graphemes: number; readonly length: number }): string {
  // There are at most as many graphemes as characters: most names need no segmenting.
  if (text.length <= Math.min(limit.graphemes, limit.length)) return text;
  let end = 0;
  let count = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    if (count === limit.graphemes || index + segment.length > limit.length) return `${text.slice(0, end).trimEnd()}…`;
    end = index + segment.length;
    count += 1;
  }
  return text;
}

/** The longest beginning whose graphemes, each measured by `sizeOf`, stay within `limit`. */
export function truncateBySize(text: string, limit: number, sizeOf: (grapheme: string) => number): string {
  let size = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    size += sizeOf(segment);
    if (size > limit) return text.slice(0, index);
  }
  return text;
}
