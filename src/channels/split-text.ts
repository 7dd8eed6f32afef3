const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const sentences = new Intl.Segmenter(undefined, { granularity: "sentence" });
const words = new Intl.Segmenter(undefined, { granularity: "word" });

/** Where a part may end, the best first; `share`: how full it must be at least for that. */
const ends: readonly { readonly find: (text: string) => readonly number[]; readonly share: number }[] = [
  { find: (text) => endsOf(text, /\n[^\S\n]*\n\s*/gu), share: 0.5 },
  { find: (text) => [...sentences.segment(text)].map(({ index }) => index), share: 0.5 },
  { find: (text) => endsOf(text, /\n\s*/gu), share: 0.5 },
  { find: (text) => endsOf(text, /\s+/gu), share: 0.2 },
  // Scripts that write no spaces between words.
  {
    find: (text) => [...words.segment(text)].filter(({ isWordLike }) => isWordLike).map(({ index }) => index),
    share: 0,
  },
];

/**
 * Cuts a text into parts of at most `most` UTF-16 code units, as `length` counts, or bytes of UTF-8: at paragraphs,
 * sentences, lines or words where they leave a part full enough, and never inside what a reader sees as one character,
 * unless that alone is longer. Nothing but white space at the cuts is left out; a blank text gives no part.
 * @throws {RangeError} when a part cannot hold every single character: below 2 code units or 4 bytes
 */
export function splitText(text: string, most: number, unit: "characters" | "bytes" = "characters"): readonly string[] {
  const sizeOf = unit === "bytes" ? Buffer.byteLength : (given: string) => given.length;
  if (!(most >= sizeOf("😀"))) throw new RangeError(`A part must hold at least one character, not ${most} ${unit}`);
  const parts: string[] = [];
  for (let rest = text.toWellFormed().trim(); rest !== ""; ) {
    const end = sizeOf(rest) <= most ? rest.length : findEnd(rest, { most, sizeOf });
    parts.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return parts;
}

interface Limit {
  readonly most: number;
  readonly sizeOf: (text: string) => number;
}

/** Of a text that is over the limit. */
function findEnd(text: string, limit: Limit): number {
  const boundaries = boundariesWithin(clustersOf(text), limit);
  const last = boundaries.at(-1);
  // Somebody piled up marks without end: between two of them, then.
  if (last === undefined) return boundariesWithin(text, limit).at(-1) ?? text.length;
  // With one character more, so that a part that is full may end where a word does.
  const window = text.slice(0, last + 1);
  const allowed = new Set(boundaries);
  for (const { find, share } of ends) {
    const best = find(window)
      .map((end) => Math.min(end, last))
      .findLast((end) => end > 0 && allowed.has(end));
    if (best !== undefined && best >= last * share) return best;
  }
  return last;
}

/** The ends of graphemes, or of characters, within the limit, in order; none when the first is over it. */
function boundariesWithin(units: Iterable<string>, { most, sizeOf }: Limit): number[] {
  const boundaries: number[] = [];
  let size = 0;
  let end = 0;
  for (const unit of units) {
    size += sizeOf(unit);
    if (size > most) break;
    end += unit.length;
    boundaries.push(end);
  }
  return boundaries;
}

function* clustersOf(text: string): Iterable<string> {
  for (const { segment } of graphemes.segment(text)) yield segment;
}

function endsOf(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map((match) => match.index + match[0].length);
}
