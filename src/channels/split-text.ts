const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** From the best place to cut after to the worst. Sentences end in many scripts. */
const places = [/\n\s*\n/g, /\n/g, /[.!?…。！？؟۔।]+["'”’»)\]]*\s/g, /\s/g] as const;
/** Beyond the limit, so that the grapheme on it is seen whole. */
const lookAheadLength = 200;

/**
 * Cuts a text into parts of at most `maxLength` UTF-16 code units, as `length` counts: at paragraphs, lines, sentences or
 * words where they leave a part at least half full, and never inside what a reader sees as one character, unless that alone
 * is longer. Nothing but white space at the cuts is left out; a blank text gives no part.
 */
export function splitText(text: string, maxLength: number): readonly string[] {
  if (!(maxLength >= 1)) throw new RangeError("A part must hold at least one character");
  const parts: string[] = [];
  let rest = text.toWellFormed().trim();
  while (rest.length > maxLength) {
    const end = findCut(rest, maxLength);
    parts.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return rest === "" ? parts : [...parts, rest];
}

/** Where to cut, above 0 and at most `maxLength`. */
function findCut(text: string, maxLength: number): number {
  const window = text.slice(0, maxLength + lookAheadLength);
  const segments = graphemes.segment(window);
  const whole = (index: number) => segments.containing(index)?.index ?? index;
  for (const [preference, place] of places.entries()) {
    const least = preference === places.length - 1 ? 1 : maxLength / 2;
    // A space may stand after a part that is full.
    const ends = [...window.slice(0, maxLength + 1).matchAll(place)].map((match) => match.index + match[0].length);
    const end = ends.findLast((one) => one >= least && one <= maxLength + 1 && whole(one) === one);
    if (end !== undefined) return Math.min(end, maxLength);
  }
  return whole(maxLength) || withoutHalfPair(window, maxLength);
}

/** One character that is longer than a part is cut, but not within a surrogate pair. */
function withoutHalfPair(text: string, end: number): number {
  const before = text.charCodeAt(end - 1);
  return end > 1 && before >= 0xd800 && before <= 0xdbff ? end - 1 : end;
}
