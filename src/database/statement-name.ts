import { createHash } from "node:crypto";

/**
 * A prepared statement takes about 0.1 MB in each connection to PostgreSQL, for as long as it is open. Callers use some ten
 * combinations; who tries all of them must not fill the server's memory.
 */
const maxNamed = 60;

/** Names statements that are assembled from a few conditions. */
export class StatementNames {
  readonly #names = new Map<string, string>();

  /** The same for the same text; empty for those that came after the first 60, which are prepared each time they run. */
  nameOf(prefix: string, text: string): string {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    if (this.#names.size >= maxNamed) return "";
    const name = `${prefix}-${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
    this.#names.set(text, name);
    return name;
  }
}

const names = new StatementNames();

/**
 * A name for a statement that is assembled from a few conditions, so that each of the first combinations is prepared once
 * per connection. Values belong into parameters, never into the text.
 */
export function statementName(prefix: string, text: string): string {
  return names.nameOf(prefix, text);
}
