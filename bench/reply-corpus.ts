import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { extractReply } from "../plugins/email/reply/extract-reply.js";

/**
 * `npm run reply-corpus -- <folder>`: reads NAME.txt and NAME.expected.txt, and prints every mail whose new text is not exactly
 * as expected (after trimming), with both texts and how the rules classified the lines. The expected text of a mail without
 * new text is empty; there the product shows the whole mail. Exits with 1 if any mail differs.
 */
const folder = process.argv[2];
if (folder === undefined) {
  console.error("Say which folder: npm run reply-corpus -- <folder with NAME.txt and NAME.expected.txt>");
  process.exit(2);
}
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".expected.txt"))
  .map((file) => file.slice(0, -".expected.txt".length))
  .sort();
let misses = 0;
for (const name of names) {
  const expected = readFileSync(join(folder, `${name}.expected.txt`), "utf8").trim();
  const reply = extractReply({ text: readFileSync(join(folder, `${name}.txt`), "utf8"), html: null });
  const got = reply.layer === "nothing-new" ? "" : reply.text.trim();
  if (got === expected) continue;
  misses++;
  console.log(`--- ${name} (${reply.layer}): ${reason(got.split("\n"), expected.split("\n"))}`);
  for (const line of difference(expected.split("\n"), got.split("\n"))) console.log(line);
}
console.log(`${names.length - misses} of ${names.length} exactly as expected`);
process.exitCode = misses === 0 ? 0 : 1;

/** The kind of difference: too much was kept, too much was removed, or something else is there. */
function reason(got: readonly string[], expected: readonly string[]): string {
  const kept = got.filter((line) => line.trim() !== "" && !expected.includes(line)).length;
  const lost = expected.filter((line) => line.trim() !== "" && !got.includes(line)).length;
  if (lost === 0 && kept === 0) return "the same words, but other empty lines";
  if (lost === 0) return `${kept} lines too many: something old was not recognised`;
  if (kept === 0) return `${lost} lines too few: words of the person were taken for old`;
  return `${lost} lines too few, ${kept} too many`;
}

/** A plain diff: common lines at both ends are left out. */
function difference(expected: readonly string[], got: readonly string[]): string[] {
  let start = 0;
  while (start < expected.length && start < got.length && expected[start] === got[start]) start++;
  let end = 0;
  while (end < Math.min(expected.length, got.length) - start && expected.at(-1 - end) === got.at(-1 - end)) end++;
  const part = (lines: readonly string[], mark: string) =>
    lines.slice(start, lines.length - end).map((line) => `${mark} ${line}`);
  return [`@@ line ${start + 1}`, ...part(expected, "-"), ...part(got, "+")];
}
