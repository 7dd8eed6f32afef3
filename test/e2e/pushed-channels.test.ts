import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { TestContext } from "../support/app/test-context.js";
import { FakeTelegram, telegramMessage, telegramUpdate, token, webhookSecret } from "../support/fakes/telegram.js";
import { FakeWebhookReceiver, webhookEvent } from "../support/fakes/webhook-receiver.js";

let telegram: FakeTelegram;
let receiver: FakeWebhookReceiver;
let context: TestContext;

beforeAll(async () => {
  telegram = await FakeTelegram.start();
  receiver = await FakeWebhookReceiver.start();
  context = await TestContext.setup({
    CHANNELS: "email,telegram,webhook",
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_WEBHOOK_SECRET: webhookSecret,
    ...telegram.environment,
    ...receiver.environment,
  });
});
afterAll(async () => {
  await context?.teardown();
  await telegram?.stop();
  await receiver?.stop();
});

const at = (path: string) => `${context.app.url}${path}`;

/** The only conversation of a channel, as agents see it. */
async function conversation(channel: string) {
  const { conversations } = await context.agent.client.do(
    `query ($channel: ID) { conversations(filter: { channel: $channel }) { nodes {
      id visitor { name } messages { nodes { text author { __typename } forwardedTo deliveries { status failure { code } } } } } } }`,
    { channel },
  );
  expect(conversations.nodes).toHaveLength(1);
  return conversations.nodes[0];
}

async function reply(channel: string, text: string): Promise<void> {
  const { id } = await conversation(channel);
  await context.agent.client.do("mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }", {
    input: { conversationId: id, text },
  });
  await context.app.tick();
}

describe("A visitor on Telegram", () => {
  const say = (text: string, messageId: number) =>
    fetch(
      telegramUpdate(at("/webhooks/telegram"), { message: telegramMessage(4711, messageId, context.now, { text }) }),
    );

  test("writes, gets a reply immediately and answers, all in one conversation", async () => {
    expect((await say("Is my bike ready?", 1)).status).toBe(204);
    await reply("telegram", "It is, come by.");
    expect(telegram.textsTo(4711)).toEqual(["It is, come by."]);
    expect((await say("On my way!", 2)).status).toBe(204);
    expect((await say("On my way!", 2)).status).toBe(204);
    const corrected = {
      ...telegramMessage(4711, 2, context.now, { text: "On my way, at six" }),
      edit_date: 1_795_000_000,
    };
    const edit = telegramUpdate(at("/webhooks/telegram"), { edited_message: corrected });
    expect((await fetch(edit)).status).toBe(204);
    expect(await conversation("telegram")).toMatchObject({
      visitor: { name: "Ana Silva" },
      messages: {
        nodes: [
          { text: "Is my bike ready?", author: { __typename: "Visitor" } },
          { text: "It is, come by.", forwardedTo: "Telegram", deliveries: [{ status: "SENT" }] },
          { text: "On my way, at six", author: { __typename: "Visitor" } },
        ],
      },
    });
  });

  test("who blocked the bot cannot be reached, and the agent sees why", async () => {
    await telegram.behave("refuses-address");
    await reply("telegram", "Are you there?");
    const { messages } = await conversation("telegram");
    expect(messages.nodes.at(-1)).toMatchObject({
      forwardedTo: null,
      deliveries: [{ status: "FAILED", failure: { code: "ADDRESS_INVALID" } }],
    });
    await telegram.behave("accepts");
  });
});

describe("A visitor on the webhook channel", () => {
  const post = (event: object) => fetch(webhookEvent(at("/webhooks/webhook"), event, context.now));

  test("writes, gets a reply immediately and answers, all in one conversation", async () => {
    receiver.now = context.now;
    const from = "+351912345678";
    expect((await post({ type: "message", id: "1", from, name: "Rui", text: "Is my bike ready?" })).status).toBe(204);
    await reply("webhook", "It is, come by.");
    expect(receiver.posted).toMatchObject([{ to: from, text: "It is, come by.", body: { attempt: 1 } }]);
    const { reference } = receiver.posted[0]?.body ?? {};
    expect(receiver.posted[0]?.webhookId).toBe(reference);
    expect((await post({ type: "delivered", id: "2", reference })).status).toBe(204);
    expect((await post({ type: "message", id: "3", from, text: "On my way!" })).status).toBe(204);
    expect(await conversation("webhook")).toMatchObject({
      visitor: { name: "Rui" },
      messages: {
        nodes: [
          { text: "Is my bike ready?", author: { __typename: "Visitor" } },
          { text: "It is, come by.", forwardedTo: `${from} via webhook`, deliveries: [{ status: "DELIVERED" }] },
          { text: "On my way!", author: { __typename: "Visitor" } },
        ],
      },
    });
  });

  test("gets a reply again, under the same id, when the receiver did not respond in time", async () => {
    await receiver.behave("drops-after-content");
    await reply("webhook", "At five?");
    await receiver.behave("accepts");
    await context.app.pass(120);
    receiver.now = context.now;
    await context.app.pass(120);
    const again = receiver.posted.filter(({ text }) => text === "At five?");
    expect(again).toHaveLength(1);
    expect(again[0]?.body.attempt).toBeGreaterThan(1);
  });
});
