import { withoutNul } from "../database/without-nul.js";

/** In UTF-16 code units. More is unreadable in a chat, and the search index accepts at most a megabyte. */
const maxTextLength = 50_000;

/** Makes a received text storable: well-formed, without NUL, and truncated between two graphemes. */
export function sanitizeText(received: string): string {
  const text = withoutNul(received.toWellFormed());
  if (text.length <= maxTextLength) return text;
  const window = text.slice(0, maxTextLength + 200);
  const end = new Intl.Segmenter().segment(window).containing(maxTextLength)?.index ?? maxTextLength;
  return `${window.slice(0, end).toWellFormed()}\n\n[Truncated here: the original contains the rest.]`;
}
