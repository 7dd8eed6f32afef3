import { badUserInput } from "./errors.js";

const maxLength = 200;
// Control characters, and those that change the direction of text.
const controls = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Normalises the name of a person or bot: on one line, without control characters. Null if nothing remains.
 * @throws BAD_USER_INPUT for `field` if it is longer than 200 characters
 */
export function parseName(field: string, name: string): string | null {
  // The spaces of a pasted name become one; nobody types thousands.
  if (name.length > 10 * maxLength) throw tooLong(field);
  const parsed = name.replace(/\s+/gu, " ").replace(controls, "").trim();
  if (Array.from(parsed).length > maxLength) throw tooLong(field);
  return parsed === "" ? null : parsed;
}

function tooLong(field: string): Error {
  return badUserInput(field, `A name can have at most ${maxLength} characters.`);
}
