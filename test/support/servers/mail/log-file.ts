import { once } from "node:events";
import { watch } from "node:fs";
import { readFile } from "node:fs/promises";

/** A server's log, which tells when something has happened. */
export class LogFile {
  constructor(readonly path: string) {}

  async text(): Promise<string> {
    return readFile(this.path, "utf8");
  }

  /**
   * Resolves with the first match, in what is written already or next.
   * @throws {Error} with the end of the log when it does not come in time
   */
  async until(pattern: RegExp, timeoutMs = 15_000): Promise<RegExpExecArray> {
    return untilFile(this.path, timeoutMs, async () => {
      const text = await this.text();
      const match = pattern.exec(text);
      return match ?? new Error(`${this.path} does not say ${pattern} but ends:\n${text.slice(-3_000)}`);
    });
  }
}

/**
 * Looks now and after each change of a file or directory, until `look` finds something.
 * @throws {Error} the one that `look` returned last, when the time is up
 */
export async function untilFile<Found>(
  path: string,
  timeoutMs: number,
  look: () => Promise<Found | Error>,
): Promise<Found> {
  const watcher = watch(path);
  const timeIsUp = AbortSignal.timeout(timeoutMs);
  try {
    for (;;) {
      // Before looking, so that no change is missed between the two.
      const change = once(watcher, "change", { signal: timeIsUp }).catch(() => undefined);
      const found = await look();
      if (!(found instanceof Error)) return found;
      if (timeIsUp.aborted) throw found;
      await change;
    }
  } finally {
    watcher.close();
  }
}
