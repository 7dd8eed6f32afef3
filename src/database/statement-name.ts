import { createHash } from "node:crypto";

const names = new Map<string, string>();

/**
 * A name for a statement that is assembled from a few conditions: the same text always gets the same name, so that each
 * combination is prepared once per connection. Values belong into parameters, never into the text.
 */
export function statementName(prefix: string, text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `${prefix}-${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
    names.set(text, name);
  }
  return name;
}
