import assert from "node:assert/strict";
import { inspect } from "node:util";

/** Fails with `expectation`, a whole sentence, and what was found instead. */
export function check(holds: boolean, expectation: string, ...found: readonly unknown[]): asserts holds {
  if (holds) return;
  const shown = found.map((one) => inspect(one, { depth: 6, breakLength: 120 })).join("\n");
  assert.fail(shown === "" ? expectation : `${expectation} Found: ${shown}`);
}

/** How often `part` stands in `text`. */
export function countOf(part: string, text: string): number {
  return text.split(part).length - 1;
}

/** Resolves with what `work` gives, or fails when it does not within `deadlineMs`. */
export async function within<T>(deadlineMs: number, expectation: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: expectation })), deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
