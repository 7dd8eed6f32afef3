import { withoutNul } from "../database/without-nul.js";

/** Nobody reads more in a chat, and the index behind the search takes no more than a megabyte. */
const maxText = 50_000;

/** A text from outside as it can be stored: bounded, and cut between two characters as people see them. */
export function boundText(given: string): string {
  const text = withoutNul(given.toWellFormed());
  if (text.length <= maxText) return text;
  const around = text.slice(0, maxText + 200);
  const end = new Intl.Segmenter().segment(around).containing(maxText)?.index ?? maxText;
  return `${around.slice(0, end).toWellFormed()}\n\n[Cut here: the original holds the rest.]`;
}
