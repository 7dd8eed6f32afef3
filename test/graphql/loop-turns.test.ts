import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { LoopTurns } from "../../src/graphql/loop-turns.js";

test("one begins in each turn of the loop, in the order in which they came", async () => {
  const turns = new LoopTurns();
  const began: string[] = [];
  const all = Promise.all(
    Array.from({ length: 5 }, (_, index) => turns.next().then(() => began.push(`text ${index}`))),
  );
  while (began.filter((each) => each.startsWith("text")).length < 5) {
    await turn();
    began.push("turn");
  }
  await all;
  expect(began).toEqual(Array.from({ length: 5 }, (_, index) => [`text ${index}`, "turn"]).flat());
});

test("a hundred may wait, and there is room again afterwards", async () => {
  const turns = new LoopTurns();
  const waiting = Array.from({ length: 99 }, () => turns.next());
  expect(turns.isFull).toBe(false);
  waiting.push(turns.next());
  expect(turns.isFull).toBe(true);
  await Promise.all(waiting);
  expect(turns.isFull).toBe(false);
  await turns.next();
});
