import { withoutNul } from "../database/without-nul.js";
import { badUserInput } from "../errors.js";

/** In code points. */
export const maxTextLength = 10_000;

/**
 * The text of a message as it is stored: well-formed Unicode without NUL, which PostgreSQL cannot store. 1 to 10,000
 * characters (code points), not only white space; it may be empty if there are attachments.
 * @throws BAD_USER_INPUT for `input.text`
 */
export function parseMessageText(text: string, attachmentCount: number): string {
  const stored = withoutNul(text.toWellFormed());
  if (stored.trim() === "" && attachmentCount > 0) return "";
  if (stored.trim() === "") throw badUserInput("input.text", "The message is empty: write 1 to 10,000 characters.");
  // The length in code units is checked first, because counting the code points of a very long text is slow.
  if (stored.length > maxTextLength && (stored.length > 2 * maxTextLength || [...stored].length > maxTextLength)) {
    throw badUserInput("input.text", "The message is too long: write at most 10,000 characters.");
  }
  return stored;
}
