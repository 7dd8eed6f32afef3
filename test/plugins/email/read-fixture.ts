import { readFileSync } from "node:fs";

/** From `dist`, where the tests run, to the sources. */
const folder = new URL("../../../../test/plugins/email/fixtures/", import.meta.url);

/**
 * The bytes of a mail in `fixtures/`, such as "bounces/exim.eml". `values` stand for the `{{names}}` in it; every name
 * needs one, and every value a name.
 */
export function readFixture(path: string, values: Readonly<Record<string, string>> = {}): Buffer {
  // Latin 1 gives every byte back as it was.
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

/** The text beside a mail: `NAME.expected.txt` for `NAME.eml`. */
export function readExpected(path: string): string {
  return readFileSync(new URL(path.replace(/\.eml$/, ".expected.txt"), folder), "utf8").replace(/\n$/, "");
}
