import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

test("The types of the operations are those of schema.graphql; otherwise run `npm run codegen`", async () => {
  const cwd = fileURLToPath(new URL("../../../../", import.meta.url));
  const run = promisify(execFile);
  const check = run(
    process.execPath,
    ["node_modules/@graphql-codegen/cli/esm/bin.js", "--config", "codegen.mjs", "--check"],
    { cwd },
  );
  await expect(check).resolves.toBeDefined();
});
