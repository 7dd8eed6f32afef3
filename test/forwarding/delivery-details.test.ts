import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Data } from "../support/app/graphql-client.js";
import type { InConversation } from "../support/app/test-agent.js";
import { TestContext } from "../support/app/test-context.js";

let context: TestContext;
beforeAll(async () => {
  context = await TestContext.setup();
});
afterAll(() => context?.teardown());

async function deliveryOf({ conversationId }: InConversation): Promise<Data> {
  const { deliveries } = await context.agent.client.do(
    `query ($id: ID!) { deliveries(filter: { conversationId: $id }) {
      nodes { id status cancelReason endedAt requestedBy { name } } } }`,
    { id: conversationId },
  );
  return deliveries.nodes[0];
}

/** Somebody whose reply is queued, and not sent: the mail server asks to wait. */
async function queued() {
  const visitor = await context.visitorWhoLeft();
  await context.agent.confirmAddress(visitor);
  const reply = await context.agent.reply(visitor, "It is, come by.");
  context.mail.behave(() => ({ code: 451, message: "4.3.0 Later" }));
  await context.forward(visitor.conversationId);
  context.mail.behave(() => null);
  return { visitor, reply };
}
type Queued = Awaited<ReturnType<typeof queued>>;
const onVisitor = async (name: string, { visitor }: Queued) => {
  const { conversation } = await context.agent.client.do(
    "query ($id: ID!) { conversation(id: $id) { visitor { id } } }",
    { id: visitor.conversationId },
  );
  await context.agent.client.do(`mutation ($id: ID!) { ${name}(visitorId: $id) { id } }`, {
    id: conversation.visitor.id,
  });
};

describe("A cancelled delivery says why", () => {
  const reasons: readonly (readonly [string, (one: Queued) => Promise<unknown>])[] = [
    ["READ", ({ visitor, reply }) => visitor.read(reply)],
    [
      "HELD",
      ({ visitor: { conversationId: id } }) =>
        context.agent.client.do("mutation ($id: ID!) { holdForwarding(conversationId: $id) { id } }", { id }),
    ],
    ["OPTED_OUT", ({ visitor }) => visitor.client.do("mutation { setEmailOptOut(optedOut: true) { id } }")],
    [
      "READDRESSED",
      ({ visitor }) =>
        visitor.client.do('mutation { submitContactForm(input: { email: "another-one@example.com" }) { id } }'),
    ],
    ["BLOCKED", (one) => onVisitor("blockVisitor", one)],
    ["ERASED", (one) => onVisitor("eraseVisitor", one)],
    ["SWITCHED_OFF", () => context.agent.updatePreference({ mode: "NOTHING" })],
  ];
  test.each(reasons)("%s", async (reason, act) => {
    const one = await queued();
    expect(await deliveryOf(one.visitor)).toMatchObject({ status: "QUEUED", cancelReason: null, endedAt: null });
    await act(one);
    const delivery = await deliveryOf(one.visitor);
    expect(delivery).toMatchObject({ status: "CANCELLED", cancelReason: reason });
    expect(Math.abs(Date.parse(delivery.endedAt) - context.now.getTime())).toBeLessThan(60_000);
    await context.agent.updatePreference({ mode: "UNREAD_REPLIES" });
  });
});

test("Who asked for a delivery is known; nobody asked for one that was due", async () => {
  const visitor = await context.visitorWhoLeft();
  await context.agent.reply(visitor, "It is, come by.");
  const colleague = await context.createAgent();
  await colleague.client.do("mutation ($id: ID!) { forwardNow(conversationId: $id) { id } }", {
    id: visitor.conversationId,
  });
  const { viewer } = await colleague.client.do("{ viewer { ... on Agent { name } } }");
  expect(await deliveryOf(visitor)).toMatchObject({ requestedBy: viewer });
  const other = await context.visitorWhoLeft();
  await context.agent.reply(other, "It is, come by.");
  await context.passUntil((await context.agent.forwarding(other)).dueAt);
  expect(await deliveryOf(other)).toMatchObject({ status: "SENT", requestedBy: null, endedAt: null });
});

describe("An UNCERTAIN delivery", () => {
  const settle =
    "mutation ($id: ID!, $arrived: Boolean!) { settleDelivery(deliveryId: $id, arrived: $arrived) { status } }";

  async function uncertain() {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    context.mail.behave(() => ({ code: 554, message: "5.7.1 No" }));
    const id = await context.forward(visitor.conversationId);
    context.mail.behave(() => null);
    await context.app.execute("UPDATE deliveries SET status = 'UNCERTAIN' WHERE id = $1", [id]);
    await context.app.execute("UPDATE conversations SET last_outcome = 'UNCERTAIN' WHERE id = $1", [
      visitor.conversationId,
    ]);
    return { visitor, id };
  }

  test("that arrived is SENT, and its replies are forwarded", async () => {
    const { visitor, id } = await uncertain();
    const { settleDelivery } = await context.agent.client.do(settle, { id, arrived: true });
    expect(settleDelivery.status).toBe("SENT");
    const { messages, forwarding } = await context.agent.conversation(visitor);
    expect(messages.nodes.at(-1)).toMatchObject({ forwardedTo: visitor.email });
    expect(forwarding.state).toBe("NOTHING_PENDING");
    expect(context.mailCount(visitor)).toBe(0);
    // It is settled now.
    const again = await context.agent.client.fail(settle, { id, arrived: true });
    expect(again.extensions.code).toBe("CONFLICT");
  });

  test("that did not arrive is queued again, and sent", async () => {
    const { visitor, id } = await uncertain();
    const { settleDelivery } = await context.agent.client.do(settle, { id, arrived: false });
    expect(settleDelivery.status).toBe("QUEUED");
    await context.app.tick();
    expect(context.mailCount(visitor)).toBe(1);
    expect((await context.agent.client.fail(settle, { id, arrived: false })).extensions.code).toBe("CONFLICT");
  });
});

describe("A reply with forwardNow", () => {
  const send = "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }";
  const inputOf = ({ conversationId }: InConversation) => ({
    input: { conversationId, text: "It is, come by.", forwardNow: true, clientMessageId: `reply ${conversationId}` },
  });

  test("is written and emailed at once, and once when it is repeated", async () => {
    const visitor = await context.visitorWhoLeft();
    const first = await context.agent.client.do(send, inputOf(visitor));
    await context.app.tick();
    expect(await context.agent.client.do(send, inputOf(visitor))).toEqual(first);
    await context.app.tick();
    expect(context.mailCount(visitor)).toBe(1);
    expect((await context.agent.conversation(visitor)).messages.nodes).toHaveLength(2);
  });

  test("is written all the same if it cannot be forwarded, and the conversation says why", async () => {
    const visitor = await context.visitorWhoLeft({ email: null });
    await context.agent.client.do(send, inputOf(visitor));
    const { messages, forwarding } = await context.agent.conversation(visitor);
    expect(messages.nodes).toHaveLength(2);
    expect(forwarding.state).toBe("NO_ADDRESS");
  });

  test("is for agents only", async () => {
    const visitor = await context.visitorWhoLeft();
    const refused = await visitor.client.fail(send, inputOf(visitor));
    expect(refused.extensions.code).toBe("FORBIDDEN");
    expect((await context.agent.conversation(visitor)).messages.nodes).toHaveLength(1);
  });
});
