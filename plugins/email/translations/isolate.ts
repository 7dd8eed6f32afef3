const RIGHT_TO_LEFT =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
/** Letters and digits that keep their own order, or take that of what is beside them. */
const OTHER_LETTERS =
  /(?![\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}])[\p{L}\p{N}]/u;

export type Direction = "ltr" | "rtl";

/**
 * The text in FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (UAX #9) where it runs, even in part, against the sentence
 * that it is put into: it would reorder the sentence, or be reordered. Names in a list are isolated already, each.
 */
export function isolate(text: string, sentence: Direction): string {
  if (text.includes("\u2068")) return text;
  const foreign = sentence === "ltr" ? RIGHT_TO_LEFT : OTHER_LETTERS;
  return foreign.test(text) ? `\u2068${text}\u2069` : text;
}
