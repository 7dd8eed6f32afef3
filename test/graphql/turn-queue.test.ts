import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import { TurnQueue } from "../../src/graphql/turn-queue.js";

async function untilBegun(turns: TurnQueue, networks: readonly string[]): Promise<string[]> {
  const began: string[] = [];
  const all = Promise.all(networks.map((network) => turns.next(network, 10).then(() => began.push(network))));
  while (began.filter((each) => each !== "turn").length < networks.length) {
    await turn();
    began.push("turn");
  }
  await all;
  return began;
}

test("one begins in each turn of the loop", async () => {
  const began = await untilBegun(new TurnQueue(), ["a", "a", "a"]);
  expect(began).toEqual(["a", "turn", "a", "turn", "a", "turn"]);
});

test("the networks take turns, however many texts one of them sends", async () => {
  const began = await untilBegun(new TurnQueue(), ["a", "a", "a", "a", "b", "c", "b"]);
  expect(began.filter((each) => each !== "turn")).toEqual(["a", "b", "c", "a", "b", "a", "a"]);
});

test("a network's texts may hold 2 million characters, all of them 8 million, and there is room again afterwards", async () => {
  const turns = new TurnQueue();
  const waiting = [turns.next("a", 1_999_999)];
  expect([turns.isFull("a", 1), turns.isFull("a", 2), turns.isFull("b", 2)]).toEqual([false, true, false]);
  for (const network of ["b", "c", "d"]) waiting.push(turns.next(network, 2_000_000));
  expect([turns.isFull("e", 1), turns.isFull("e", 2)]).toEqual([false, true]);
  await Promise.all(waiting);
  expect([turns.isFull("a", 2_000_000), turns.isFull("e", 2)]).toEqual([false, false]);
});
