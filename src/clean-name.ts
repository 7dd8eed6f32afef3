import { badUserInput } from "./errors.js";

const maxLength = 200;
// White space of any kind becomes one space; control characters and bidirectional controls are removed.
const controls = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A person's name on one line and without control characters; null when nothing is left.
 * @throws BAD_USER_INPUT for `field` when it is longer than 200 characters
 */
export function cleanName(field: string, name: string): string | null {
  const cleaned = name.replace(/\s+/gu, " ").replace(controls, "").trim();
  if (Array.from(cleaned).length > maxLength) throw badUserInput(field, `A name has at most ${maxLength} characters.`);
  return cleaned === "" ? null : cleaned;
}
