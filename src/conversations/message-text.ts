import { withoutNul } from "../database/without-nul.js";
import { badUserInput } from "../errors.js";

const maxText = 10_000;

/**
 * A message's text as it is stored: well-formed Unicode without NUL, which PostgreSQL cannot hold. 1 to 10,000
 * characters (code points), not only white space; none beside attachments will do.
 * @throws BAD_USER_INPUT with field `input.text`
 */
export function parseMessageText(text: string, attachments: number): string {
  const stored = withoutNul(text.toWellFormed());
  if (stored.trim() === "" && attachments > 0) return "";
  if (stored.trim() === "") throw badUserInput("input.text", "The message is empty: write 1 to 10,000 characters.");
  // A quick look first: counting code points costs time for texts that are far too long.
  if (stored.length > maxText && (stored.length > 2 * maxText || [...stored].length > maxText)) {
    throw badUserInput("input.text", "The message is too long: write at most 10,000 characters.");
  }
  return stored;
}
