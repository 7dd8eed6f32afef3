import { withoutNul } from "../database/without-nul.js";

/** Nobody reads more in a chat, and the index behind the search takes no more than a megabyte. */
const longestText = 50_000;

/** A text from outside as it can be stored: bounded, and cut between two characters as people see them. */
export function boundText(given: string): string {
  const text = withoutNul(given.toWellFormed());
  if (text.length <= longestText) return text;
  const around = text.slice(0, longestText + 200);
  const end = new Intl.Segmenter().segment(around).containing(longestText)?.index ?? longestText;
  return `${around.slice(0, end).toWellFormed()}\n\n[Cut here: the original holds the rest.]`;
}
