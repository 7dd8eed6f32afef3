import { UserError } from "../errors.js";

/** In bytes of JSON. A full page of conversations with full pages of ordinary messages has half of it. */
const maxAnswerBytes = 10_000_000;
/** Below this cost an answer cannot repeat a text often enough to become large, and is not measured. */
const smallCost = 500;

/** The error to answer instead of a result that would be too large; null if it may be sent. */
export function refuseSize(result: unknown, cost: number): UserError | null {
  if (cost <= smallCost || measure(result, maxAnswerBytes) >= 0) return null;
  return new UserError(
    "BAD_USER_INPUT",
    `The answer would be larger than ${maxAnswerBytes / 1_000_000} MB. Ask for smaller pages, or for each text only once.`,
  );
}

/**
 * What remains of so many bytes after this value is written as JSON; negative as soon as it is known that it does not fit.
 * Texts under many aliases are one text in memory: only writing them would take memory, so it is measured before.
 */
function measure(value: unknown, bytes: number): number {
  if (typeof value === "string") return bytes - 2 - (value.length > bytes ? value.length : Buffer.byteLength(value));
  if (typeof value !== "object" || value === null) return bytes - 5;
  let remaining = bytes - 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      remaining = measure(item, remaining - 1);
      if (remaining < 0) return remaining;
    }
    return remaining;
  }
  for (const key in value) {
    remaining = measure((value as Record<string, unknown>)[key], remaining - key.length - 4);
    if (remaining < 0) return remaining;
  }
  return remaining;
}
