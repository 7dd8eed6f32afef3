import type { TextLimit } from "./flavour.js";

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
 * Pure: where the part that begins at `start` ends. It is as long as the limit allows and ends at a paragraph, else a
 * sentence, else a line, else a word, and never inside a grapheme, unless one alone is over the limit.
 */
export function findPartEnd(text: string, start: number, limit: TextLimit): number {
  const rest = text.slice(start);
  if (sizeOf(rest, limit) <= limit.most) return text.length;
  const boundaries = boundariesWithin(rest, limit);
  const last = boundaries.at(-1);
  if (last === undefined) return start + cutGrapheme(rest, limit);
  const window = rest.slice(0, last);
  const allowed = new Set(boundaries);
  for (const { find, share } of ends) {
    const best = find(window).findLast((end) => end > 0 && allowed.has(end));
    if (best !== undefined && best >= last * share) return start + best;
  }
  return start + last;
}

/** Pure: all parts in order, without the white space around them. */
export function splitText(text: string, limit: TextLimit): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = findPartEnd(text, start, limit);
    const part = text.slice(start, end).trim();
    if (part !== "") parts.push(part);
    start = end;
  }
  return parts;
}

export function sizeOf(text: string, limit: TextLimit): number {
  return limit.unit === "bytes" ? Buffer.byteLength(text) : text.length;
}

/** The ends of graphemes within the limit, in order; none when the first is over it. */
function boundariesWithin(text: string, limit: TextLimit): number[] {
  const boundaries: number[] = [];
  let size = 0;
  for (const { index, segment } of graphemes.segment(text)) {
    size += sizeOf(segment, limit);
    if (size > limit.most) break;
    boundaries.push(index + segment.length);
  }
  return boundaries;
}

/** Somebody piled up marks without end: between two characters, then. */
function cutGrapheme(text: string, limit: TextLimit): number {
  let end = 0;
  let size = 0;
  for (const character of text) {
    size += sizeOf(character, limit);
    if (size > limit.most) break;
    end += character.length;
  }
  return end;
}

function endsOf(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map((match) => match.index + match[0].length);
}
