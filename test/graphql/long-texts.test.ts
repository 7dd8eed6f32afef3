import { setImmediate } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { LongTexts } from "../../src/graphql/long-texts.js";

test("one long text has its turn in each turn of the event loop, in the order they came; short ones do not wait", async () => {
  const texts = new LongTexts();
  const seen: string[] = [];
  for (const name of ["a", "b", "c"]) void texts.turnOf(name.repeat(1_001)).then(() => seen.push(name));
  void texts.turnOf("short").then(() => seen.push("short"));
  await Promise.resolve();
  expect(seen).toEqual(["short"]);
  for (const expected of ["a", "b", "c"]) {
    await setImmediate();
    expect(seen.at(-1)).toBe(expected);
  }
});
