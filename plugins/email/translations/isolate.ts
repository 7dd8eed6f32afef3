const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
/** Left-to-right letters, and digits, which take the direction of the text around them. */
const OTHER_LETTERS =
  /(?![\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}])[\p{L}\p{N}]/u;

export type Direction = "ltr" | "rtl";

/**
 * Wraps the text in FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (UAX #9) if any of it runs against the direction
 * of the sentence that it is inserted into: it would reorder the sentence, or be reordered. Names in a list are already
 * isolated.
 */
export function isolate(text: string, sentence: Direction): string {
  if (text.includes("\u2068")) return text;
  const foreign = sentence === "ltr" ? RIGHT_TO_LEFT : OTHER_LETTERS;
  return foreign.test(text) ? `\u2068${text}\u2069` : text;
}
