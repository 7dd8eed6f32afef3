import { readFileSync } from "node:fs";

/** The source folder: tests run in `dist`, which has no fixtures. */
const folder = new URL("../../../../test/plugins/email/fixtures/", import.meta.url);

/**
 * The bytes of an email in `fixtures/`, such as "bounces/exim.eml". `values` replace the `{{names}}` in it.
 * @throws {Error} if a name has no value, or a value is not used
 */
export function readFixture(path: string, values: Readonly<Record<string, string>> = {}): Buffer {
  // Latin 1 preserves every byte.
  const template = readFileSync(new URL(path, folder), "latin1");
  const unused = new Set(Object.keys(values));
  const filled = template.replace(/\{\{([\w-]+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${path} needs a value for ${name}`);
    unused.delete(name);
    return Buffer.from(value).toString("latin1");
  });
  if (unused.size > 0) throw new Error(`${path} does not use ${[...unused].join(", ")}`);
  return Buffer.from(filled, "latin1");
}

/** The text expected of an email: `NAME.expected.txt` for `NAME.eml`. */
export function readExpected(path: string): string {
  return readFileSync(new URL(path.replace(/\.eml$/, ".expected.txt"), folder), "utf8").replace(/\n$/, "");
}
