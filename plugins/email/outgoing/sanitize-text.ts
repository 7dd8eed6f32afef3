/** Line ends and everything else that could leave a header or reorder a line: controls, separators, bidi overrides. */
const NOT_IN_NAMES = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+/gu;
const MAX_NAME_GRAPHEMES = 60;
/** One grapheme may hold any number of combining marks; a header may not. */
const MAX_NAME_LENGTH = 240;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/**
 * The name as it can stand in a header and a greeting, or `null` when there is none to show. What reads as an address or
 * a link is no name: it would give an agent's address away, or carry advertising to whoever owns a typed address.
 */
export function personName(name: string | null): string | null {
  const clean = cleanName(name ?? "");
  return clean === "" || /@|:\/\/|\bwww\./i.test(clean) ? null : clean;
}

/** One line of at most 60 characters as people count them, without controls. */
export function cleanName(name: string): string {
  return cutAtGrapheme(name.replace(NOT_IN_NAMES, " ").replace(/\s+/gu, " ").trim(), {
    graphemes: MAX_NAME_GRAPHEMES,
    length: MAX_NAME_LENGTH,
  });
}

/** A file's name as `cleanName` has it, but cut in the middle where it is too long: its end says what kind of file it is. */
export function cleanFileName(name: string): string {
  const whole = cleanName(name);
  const [extension] = /\.[\p{L}\p{N}]{1,8}\s*$/u.exec(name) ?? [];
  if (extension === undefined || !whole.endsWith("…")) return whole;
  return `${cutAtGrapheme(whole, { graphemes: MAX_NAME_GRAPHEMES - extension.length, length: MAX_NAME_LENGTH })}${extension.trim()}`;
}

/** Line ends become `\n`; other controls and broken surrogate pairs go. */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n|[\r\v\f\u0085\u2028\u2029]/g, "\n")
    .replace(/[^\P{Cc}\n\t]/gu, "")
    .replace(/\p{Cs}/gu, "\ufffd")
    .replace(/^\n+/, "")
    .trimEnd();
}

/** The longest beginning within both limits, with an ellipsis when something was cut; never cut inside a grapheme. */
function cutAtGrapheme(text: string, limit: { readonly graphemes: number; readonly length: number }): string {
  // No more graphemes than characters: most names need no segmenting.
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
export function cutBySize(text: string, limit: number, sizeOf: (grapheme: string) => number): string {
  let size = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    size += sizeOf(segment);
    if (size > limit) return text.slice(0, index);
  }
  return text;
}
