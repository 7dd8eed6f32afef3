import { readFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import { printApiSchema } from "../../src/schema.js";

describe("schema.graphql", () => {
  test("is what the code emits (npm run schema)", async () => {
    const committed = await readFile("schema.graphql", "utf8");
    expect(printApiSchema()).toBe(committed);
  });
});
