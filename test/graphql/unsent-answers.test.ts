import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "@jest/globals";
import { UnsentAnswers } from "../../src/graphql/unsent-answers.js";

const response = () => new ServerResponse(new IncomingMessage(new Socket()));

test("Unread answers up to the limit are kept; beyond it the largest is given up, and what was read does not count", () => {
  const unsent = new UnsentAnswers(100);
  const [small, large, next, last] = [response(), response(), response(), response()];
  unsent.add(small, 30);
  unsent.add(large, 70);
  expect([small.destroyed, large.destroyed]).toEqual([false, false]);
  unsent.add(next, 1);
  expect([small.destroyed, large.destroyed, next.destroyed]).toEqual([false, true, false]);
  unsent.remove(small);
  unsent.add(last, 99);
  expect([next.destroyed, last.destroyed]).toEqual([false, false]);
});
