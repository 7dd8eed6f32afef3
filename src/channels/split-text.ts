const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const sentences = new Intl.Segmenter(undefined, { granularity: "sentence" });
const words = new Intl.Segmenter(undefined, { granularity: "word" });

/** Where a part may end, in order of preference. `minFill`: how full the part must be for it, from 0 to 1. */
const breaks: readonly { readonly find: (text: string) => readonly number[]; readonly minFill: number }[] = [
  { find: (text) => endsOf(text, /\n[^\S\n]*\n\s*/gu), minFill: 0.5 },
  { find: (text) => [...sentences.segment(text)].map(({ index }) => index), minFill: 0.5 },
  { find: (text) => endsOf(text, /\n\s*/gu), minFill: 0.5 },
  { find: (text) => endsOf(text, /\s+/gu), minFill: 0.2 },
  // For scripts without spaces between words.
  {
    find: (text) => [...words.segment(text)].filter(({ isWordLike }) => isWordLike).map(({ index }) => index),
    minFill: 0,
  },
];

/**
 * Splits a text into parts of at most `maxSize` UTF-16 code units, as counted by `length`, or UTF-8 bytes: at
 * paragraphs, sentences, lines or words where that leaves a part full enough, and never inside a grapheme unless it
 * alone is longer. Only white space at the splits is dropped; a blank text gives no parts.
 * @throws {RangeError} if `maxSize` is too small for some characters: below 2 code units or 4 bytes
 */
export function splitText(
  text: string,
  maxSize: number,
  unit: "characters" | "bytes" = "characters",
): readonly string[] {
  const sizeOf = unit === "bytes" ? Buffer.byteLength : (part: string) => part.length;
  if (!(maxSize >= sizeOf("😀")))
    throw new RangeError(`A part must fit any character: ${maxSize} ${unit} is too small`);
  const parts: string[] = [];
  for (let rest = text.toWellFormed().trim(); rest !== ""; ) {
    const end = sizeOf(rest) <= maxSize ? rest.length : findEnd(rest, { maxSize, sizeOf });
    parts.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return parts;
}

interface Limit {
  readonly maxSize: number;
  readonly sizeOf: (text: string) => number;
}

/** The end of the first part of a text that is over the limit. */
function findEnd(text: string, limit: Limit): number {
  const boundaries = boundariesWithin(graphemesOf(text), limit);
  const last = boundaries.at(-1);
  // A single grapheme with so many combining marks that it exceeds the limit: split between two of them.
  if (last === undefined) return boundariesWithin(text, limit).at(-1) ?? text.length;
  // One character more, so that a full part may end exactly where a word ends.
  const window = text.slice(0, last + 1);
  const allowed = new Set(boundaries);
  for (const { find, minFill } of breaks) {
    const best = find(window)
      .map((end) => Math.min(end, last))
      .findLast((end) => end > 0 && allowed.has(end));
    if (best !== undefined && best >= last * minFill) return best;
  }
  return last;
}

/** The ends of the graphemes or characters within the limit, in order; empty if the first exceeds it. */
function boundariesWithin(units: Iterable<string>, { maxSize, sizeOf }: Limit): number[] {
  const boundaries: number[] = [];
  let size = 0;
  let end = 0;
  for (const unit of units) {
    size += sizeOf(unit);
    if (size > maxSize) break;
    end += unit.length;
    boundaries.push(end);
  }
  return boundaries;
}

function* graphemesOf(text: string): Iterable<string> {
  for (const { segment } of graphemes.segment(text)) yield segment;
}

function endsOf(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map((match) => match.index + match[0].length);
}
