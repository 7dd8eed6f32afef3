import { expect, test } from "@jest/globals";
import { StatementNames } from "../../src/database/statement-name.js";

test("the first 60 statements keep their names, and all others have none", () => {
  const names = new StatementNames();
  const nameOf = (index: number) => names.nameOf("list", `SELECT ${index}`);
  const first = Array.from({ length: 60 }, (_, index) => nameOf(index));
  expect(new Set(first).size).toBe(60);
  for (const name of first) expect(name).toMatch(/^list-[0-9a-f]{16}$/);
  expect([nameOf(60), nameOf(61)]).toEqual(["", ""]);
  expect(Array.from({ length: 60 }, (_, index) => nameOf(index))).toEqual(first);
});
