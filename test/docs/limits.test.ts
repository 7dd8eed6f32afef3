import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";
import { describeLimits } from "../../src/limits/describe-limits.js";

test("docs/limits.md lists the limits of the program; otherwise run `npm run limits`", async () => {
  const page = await readFile(new URL("../../../docs/limits.md", import.meta.url), "utf8");
  expect(page).toBe(describeLimits());
});
