import assert from "node:assert/strict";
import { inspect } from "node:util";

/** Fails with `expectation`, a whole sentence, and the values in `actual`. */
export function check(holds: boolean, expectation: string, ...actual: readonly unknown[]): asserts holds {
  if (holds) return;
  const shown = actual.map((value) => inspect(value, { depth: 6, breakLength: 120 })).join("\n");
  assert.fail(shown === "" ? expectation : `${expectation} Actual: ${shown}`);
}

/** How often `part` occurs in `text`. */
export function countOccurrences(part: string, text: string): number {
  return text.split(part).length - 1;
}

/** Settles as `work` does, or fails with `expectation` after `deadlineMs`. */
export async function settlesWithin<T>(deadlineMs: number, expectation: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: expectation })), deadlineMs);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}
