import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { GraphqlClient } from "../support/app/graphql-client.js";
import { TestContext } from "../support/app/test-context.js";
import type { TestVisitor } from "../support/app/test-visitor.js";
import { addressOf } from "../support/fakes/mail-sink.js";

const defaults = {
  mode: "UNREAD_REPLIES",
  visitorLeftDelaySeconds: 300,
  inactivityDelaySeconds: 1_800,
  settleSeconds: 30,
  contextMessages: 4,
  shortConversationMessages: 10,
};

let context: TestContext;

beforeAll(async () => {
  context = await TestContext.setup();
});

afterEach(async () => {
  await context.agent.updatePreference(defaults);
  await context.agent.setAvailability("ONLINE");
});

afterAll(async () => {
  await context?.teardown();
});

/** The text of the newest mail to the visitor. */
const textTo = (visitor: TestVisitor): string => context.mailsTo(visitor).at(-1)?.parsed.text ?? "";

async function forwardingAfterLeaving(visitor: TestVisitor) {
  await visitor.leave();
  const forwarding = await context.agent.forwarding(visitor);
  await context.app.pass(331);
  return forwarding;
}

describe("NOTHING", () => {
  test("emails no reply; the same browser finds it on the website", async () => {
    await context.agent.updatePreference({ mode: "NOTHING" });
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await context.agent.reply(visitor, "It is, come by.");
    expect(await forwardingAfterLeaving(visitor)).toMatchObject({ state: "DISABLED", dueAt: null, pendingReplies: 1 });
    await context.passDays(1);
    expect(await context.agent.deliveries(visitor)).toEqual([]);
    expect(context.mailCount(visitor)).toBe(0);

    const { startSession } = await context.app.client.do(
      "mutation ($token: String!) { startSession(input: { token: $token }) { kind conversation { id unreadReplies } } }",
      { token: visitor.client.token },
    );
    expect(startSession).toEqual({ kind: "KEPT", conversation: { id: visitor.conversationId, unreadReplies: 1 } });
  });
});

describe("UNREAD_REPLIES", () => {
  test("is the default, with its delays", async () => {
    const { forwardingPreference } = await context.agent.client.do(
      `{ forwardingPreference { mode visitorLeftDelaySeconds inactivityDelaySeconds settleSeconds
        contextMessages shortConversationMessages } }`,
    );
    expect(forwardingPreference).toEqual(defaults);
  });

  test("emails unread replies, preceded by the context messages", async () => {
    await context.agent.updatePreference({ contextMessages: 2, shortConversationMessages: 0 });
    const visitor = await context.visitor();
    await visitor.say("First question");
    await visitor.read(await context.agent.reply(visitor, "First answer"));
    await visitor.say("Second question");
    await context.agent.reply(visitor, "Second answer");
    await context.agent.reply(visitor, "Third answer");
    expect((await forwardingAfterLeaving(visitor)).pendingReplies).toBe(2);
    const text = textTo(visitor);
    expect(text).not.toContain("First question");
    expect(text).toContain("1 earlier message is on the website.");
    const order = ["First answer", "Second question", "Second answer", "Third answer"].map((line) =>
      text.indexOf(line),
    );
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).not.toContain(-1);
    expect(text.match(/^New reply from Admin · /gm)).toHaveLength(2);
    expect(await context.agent.delivery(visitor)).toMatchObject({
      kind: "UNREAD_REPLIES",
      messages: [{ text: "Second answer" }, { text: "Third answer" }],
    });
    expect(
      (await context.agent.conversation(visitor)).messages.nodes.map(
        (node: { forwardedTo: string | null }) => node.forwardedTo,
      ),
    ).toEqual([null, null, null, visitor.email, visitor.email]);
  });

  test("emails only the replies when there are no context messages", async () => {
    await context.agent.updatePreference({ contextMessages: 0, shortConversationMessages: 0 });
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await context.agent.reply(visitor, "It is, come by.");
    await forwardingAfterLeaving(visitor);
    expect(textTo(visitor)).toContain("It is, come by.");
    expect(textTo(visitor)).not.toContain("Is my bike ready?");
  });

  test("emails no read replies", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await visitor.read(await context.agent.reply(visitor, "It is, come by."));
    expect((await forwardingAfterLeaving(visitor)).state).toBe("NOTHING_PENDING");
    await context.app.pass(3_600);
    expect(context.mailCount(visitor)).toBe(0);
  });

  test("applies a change immediately: a shorter delay makes a reply due", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "It is, come by.");
    await context.app.pass(61);
    expect(context.mailCount(visitor)).toBe(0);
    await context.agent.updatePreference({ visitorLeftDelaySeconds: 60 });
    await context.app.tick();
    expect(context.mailCount(visitor)).toBe(1);
  });
});

describe("FULL_TRANSCRIPT", () => {
  test("emails the whole conversation when it has a reply that was not forwarded, read or not", async () => {
    await context.agent.updatePreference({ mode: "FULL_TRANSCRIPT", shortConversationMessages: 0, contextMessages: 0 });
    const visitor = await context.visitor();
    const lines = Array.from({ length: 12 }, (_, index) => `Line #${index + 1}#`);
    for (const [index, line] of lines.entries()) {
      if (index % 2 === 0) await visitor.say(line);
      else await visitor.read(await context.agent.reply(visitor, line));
    }
    expect((await forwardingAfterLeaving(visitor)).pendingReplies).toBe(6);
    const text = textTo(visitor);
    expect(lines.filter((line) => text.includes(line))).toEqual(lines);
    expect(await context.agent.delivery(visitor)).toMatchObject({ kind: "FULL_TRANSCRIPT", status: "SENT" });

    await context.app.pass(3_600);
    expect(context.mailCount(visitor)).toBe(1);
    await context.agent.reply(visitor, "One thing more");
    await context.app.pass(31);
    expect(context.mailCount(visitor)).toBe(2);
    expect(textTo(visitor)).toContain("Line #1#");
    expect((await context.agent.deliveries(visitor))[0]?.messages).toEqual([
      { text: "One thing more", forwardedTo: visitor.email },
    ]);
  });

  test("sends no transcript while an invisible agent chats with a visitor who is present and reads", async () => {
    await context.agent.updatePreference({ mode: "FULL_TRANSCRIPT" });
    await context.agent.setAvailability("INVISIBLE");
    const visitor = await context.visitor();
    for (let line = 1; line <= 8; line += 1) {
      await visitor.say(`Question ${line}`);
      await context.app.pass(40);
      const answer = await context.agent.reply(visitor, `Answer ${line}`);
      // The visitor reads later, and the trigger check runs in between.
      await context.app.pass(20);
      await visitor.read(answer);
      await context.app.pass(90);
      expect(context.mailCount(visitor)).toBe(0);
    }
    const { trigger, dueAt, asOf } = await context.agent.forwarding(visitor);
    expect(trigger).toBe("AGENTS_OFFLINE");
    const waitMs = new Date(dueAt).getTime() - new Date(asOf).getTime();
    expect(waitMs).toBeGreaterThan(205_000);
    expect(waitMs).toBeLessThanOrEqual(210_000);
    await context.passUntil(dueAt, -1);
    expect(context.mailCount(visitor)).toBe(0);
    await context.passUntil(dueAt);
    expect(context.mailCount(visitor)).toBe(1);
    expect(textTo(visitor)).toContain("Question 1");
    expect(textTo(visitor)).toContain("Answer 8");
    await visitor.leave();
  });
});

describe("the authors", () => {
  test("a bot's reply is sent under the bot's name", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await context.agent.reply(visitor, "Somebody will look.", "Robo");
    await forwardingAfterLeaving(visitor);
    expect(addressOf(context.mailsTo(visitor)[0]?.parsed.from).name).toBe("Robo via Harbour Bikes");
    expect(textTo(visitor)).toContain("New reply from Robo · ");
  });

  test("several agents are named, newest first; more than two are replaced by the company's name", async () => {
    const ben = await newAgent("Ben");
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await replyAs(ben, visitor, "I will look.");
    await context.agent.reply(visitor, "It is, come by.");
    await forwardingAfterLeaving(visitor);
    expect(addressOf(context.mailsTo(visitor)[0]?.parsed.from).name).toBe("Admin, Ben via Harbour Bikes");
    expect(textTo(visitor)).toContain("New reply from Ben · ");
    expect(textTo(visitor)).toContain("New reply from Admin · ");

    const carla = await newAgent("Carla");
    await replyAs(carla, visitor, "Bring the key.");
    await replyAs(ben, visitor, "And the lock.");
    await context.agent.reply(visitor, "We close at six.");
    await context.app.pass(31);
    expect(context.mailCount(visitor)).toBe(2);
    expect(addressOf(context.mailsTo(visitor)[1]?.parsed.from).name).toBe("Harbour Bikes");
    expect(textTo(visitor)).toContain("Admin, Ben, and Carla from Harbour Bikes replied");
  });
});

describe("a change of mode", () => {
  test("to FULL_TRANSCRIPT does not email replies that were already read", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await visitor.read(await context.agent.reply(visitor, "It is, come by."));
    await visitor.leave();
    await context.agent.updatePreference({ mode: "FULL_TRANSCRIPT" });
    expect((await context.agent.forwarding(visitor)).state).toBe("NOTHING_PENDING");
    await context.app.pass(3_600);
    expect(context.mailCount(visitor)).toBe(0);

    await context.agent.reply(visitor, "Are you coming?");
    await context.app.pass(31);
    expect(textTo(visitor)).toContain("It is, come by.");
    expect((await context.agent.delivery(visitor)).messages).toEqual([
      { text: "Are you coming?", forwardedTo: visitor.email },
    ]);
  });

  test.each(["UNREAD_REPLIES", "FULL_TRANSCRIPT"])(
    "from NOTHING to %s emails unread replies, unless they are older than 7 days",
    async (mode) => {
      await context.agent.updatePreference({ mode: "NOTHING" });
      const old = await context.visitorWhoLeft();
      await context.agent.reply(old, "It is, come by.");
      await context.passDays(6.1);
      const fresh = await context.visitorWhoLeft();
      await context.agent.reply(fresh, "Yours is not.");
      const read = await context.visitor();
      await read.say("And mine?");
      await read.read(await context.agent.reply(read, "Yours neither."));
      await read.leave();
      await context.passDays(1);

      await context.agent.updatePreference({ mode });
      await context.app.tick();
      expect(context.mailCount(fresh)).toBe(1);
      expect(context.mailCount(read)).toBe(0);
      expect(context.mailCount(old)).toBe(0);
      expect(await context.agent.forwarding(old)).toMatchObject({ state: "WAITING", dueAt: null, pendingReplies: 1 });
      await context.app.pass(3_600);
      expect(context.mailCount(old)).toBe(0);
      // An agent can still send it.
      await context.agent.forwardNow(old);
      await context.app.tick();
      expect(context.mailCount(old)).toBe(1);
    },
  );
});

async function newAgent(name: string): Promise<GraphqlClient> {
  const input = { email: `${name.toLowerCase()}@harbour.example`, password: "an agent's password" };
  await context.agent.client.do("mutation ($input: CreateAgentInput!) { createAgent(input: $input) { id } }", {
    input: { ...input, name, role: "AGENT" },
  });
  const { signIn } = await context.app.client.do(
    "mutation ($input: SignInInput!) { signIn(input: $input) { token } }",
    {
      input,
    },
  );
  return context.app.client.as(signIn.token);
}

async function replyAs(agent: GraphqlClient, visitor: TestVisitor, text: string): Promise<void> {
  await agent.do("mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }", {
    input: { conversationId: visitor.conversationId, text },
  });
}
