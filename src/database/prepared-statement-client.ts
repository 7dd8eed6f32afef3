import type { Statement } from "./database.js";
import { TimeLimitedClient } from "./time-limits.js";

const names = new Map<string, string>();

/**
 * A connection that prepares the program's statements by name, including those that pass through the mapper. Within a
 * transaction the mapper hands on their text only: unnamed, each would be parsed and planned every time, which for the
 * larger ones takes longer than running them.
 */
export class PreparedStatementClient extends TimeLimitedClient {
  override query(...given: unknown[]): never {
    const [text, values, ...others] = given;
    const name = typeof text === "string" ? names.get(text) : undefined;
    const passed = name === undefined ? given : [{ name, text }, values, ...others];
    return Reflect.apply(super.query, this, passed) as never;
  }
}

/** Makes every connection prepare this text under its name. */
export function registerStatement({ name, text }: Statement): void {
  names.set(text, name);
}
