import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Frame, Page } from "playwright-core";

const script = fileURLToPath(new URL("../../../../node_modules/axe-core/axe.min.js", import.meta.url));

/** What axe-core finds wrong, as `rule: element`. */
export async function findViolations(page: Page | Frame): Promise<readonly string[]> {
  const found = (await page.evaluate(
    `${await readFile(script, "utf8")}; axe.run({ resultTypes: ["violations"] })`,
  )) as {
    readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
  };
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}
