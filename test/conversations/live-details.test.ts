import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { TestContext } from "../support/app/test-context.js";

let context: TestContext;
beforeAll(async () => {
  context = await TestContext.setup();
});
afterAll(() => context?.teardown());

describe("A message by its id", () => {
  const messageQuery = "query ($id: ID!) { message(id: $id) { text conversation { id } } }";

  test("is found by its visitor and by agents", async () => {
    const { client, conversationId, messageId } = await context.startConversation("Is my bike ready?");
    const expected = { message: { text: "Is my bike ready?", conversation: { id: conversationId } } };
    expect(await client.do(messageQuery, { id: messageId })).toEqual(expected);
    expect(await context.agent.client.do(messageQuery, { id: messageId })).toEqual(expected);
  });
});

test("Typing says until when it is shown, by the server's clock", async () => {
  const { client, conversationId } = await context.startConversation();
  const connection = await context.agent.client.connect();
  const typing = await context.app.subscribe(connection, "subscription { typing { endsAt } }");
  const before = context.now.getTime();
  await client.do("mutation ($id: ID!) { setTyping(conversationId: $id) }", { id: conversationId });
  const { data } = await typing.next();
  const shownForMs = new Date(data?.typing.endsAt).getTime() - before;
  expect(shownForMs).toBeGreaterThanOrEqual(6_000);
  expect(shownForMs).toBeLessThan(16_000);
  await connection.close();
});
