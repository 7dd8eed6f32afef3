import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Data } from "../support/app/graphql-client.js";
import type { InConversation } from "../support/app/test-agent.js";
import { TestContext } from "../support/app/test-context.js";

let context: TestContext;
beforeAll(async () => {
  context = await TestContext.setup();
});
afterAll(() => context?.teardown());

const previewQuery = `query ($id: ID, $preference: UpdateForwardingPreferenceInput) {
  emailPreview(conversationId: $id, preference: $preference) { from subject html text } }`;
const preview = async (of: InConversation | null, preference: Data | null = null): Promise<Data> =>
  (await context.agent.client.do(previewQuery, { id: of?.conversationId ?? null, preference })).emailPreview;
const failToPreview = (of: InConversation | null, preference: Data | null = null) =>
  context.agent.client.fail(previewQuery, { id: of?.conversationId ?? null, preference });

async function waiting(arrival = {}) {
  const visitor = await context.visitorWhoLeft(arrival);
  await context.agent.reply(visitor, "It is, come by.");
  return visitor;
}

describe("A preview", () => {
  test("is the email that is then sent, without what only its receiver may have", async () => {
    const visitor = await waiting();
    const shown = await preview(visitor);
    await context.forward(visitor.conversationId);
    const [mail] = context.mailsTo(visitor);
    expect(shown.subject).toBe(mail?.parsed.subject);
    expect(shown.from).toBe(`${mail?.parsed.from?.value[0]?.name} <${mail?.parsed.from?.value[0]?.address}>`);
    // Only the links differ.
    const withoutLinks = (text: string) => text.replace(/https?:\/\/[^\s"'<>]+/g, "…");
    expect(withoutLinks(shown.text)).toBe(withoutLinks(mail?.parsed.text ?? ""));
    expect(withoutLinks(shown.html)).toBe(withoutLinks(String(mail?.parsed.html)));
    for (const text of [shown.html, shown.text]) {
      expect(text).not.toMatch(/afterchat-resume|unsubscribe\//);
      expect(mail?.parsed.text).toMatch(/afterchat-resume=.*unsubscribe\//s);
    }
  });

  test("follows changes of the preference that are not saved", async () => {
    const visitor = await context.visitor();
    await visitor.say("Is my bike ready?");
    await visitor.read(await context.agent.reply(visitor, "One moment."));
    await visitor.leave();
    await context.agent.reply(visitor, "It is, come by.");
    const short = await preview(visitor, { contextMessages: 0, shortConversationMessages: 0 });
    expect(short.text).toContain("It is, come by.");
    expect(short.text).not.toContain("One moment.");
    expect((await preview(visitor, { mode: "FULL_TRANSCRIPT" })).text).toContain("One moment.");
    expect((await context.agent.forwarding(visitor)).state).toBe("WAITING");
  });

  test("without a conversation is of a made-up one, in the words of the mode", async () => {
    const unread = await preview(null);
    expect(unread.text).toContain("It is ready!");
    expect(unread.from).toContain("Admin");
    expect((await preview(null, { mode: "FULL_TRANSCRIPT" })).text).not.toBe(unread.text);
  });

  test("is refused when there is nothing to show", async () => {
    const visitor = await context.visitorWhoLeft();
    expect((await failToPreview(visitor)).extensions).toMatchObject({
      code: "DELIVERY_NOT_POSSIBLE",
      reason: "NOTHING_PENDING",
    });
    expect((await failToPreview(null, { mode: "NOTHING" })).extensions.reason).toBe("DISABLED");
    expect((await failToPreview(null, { settleSeconds: 601 })).extensions).toMatchObject({
      code: "BAD_USER_INPUT",
      field: "input.settleSeconds",
    });
    expect((await failToPreview({ conversationId: "nonsense" })).extensions.code).toBe("NOT_FOUND");
  });

  test("shows no more to an address that is not proven than the email would", async () => {
    const visitor = await context.visitorWhoLeft();
    await context.agent.reply(visitor, "A colleague will answer.", "Helper");
    const shown = await preview(visitor);
    expect(shown.text).not.toContain("Is my bike ready?");
    const notice = await preview(visitor, { unprovenAddress: "NOTICE" });
    expect(notice.text).not.toContain("A colleague will answer.");
  });

  test("can be sent to the admin's own address, marked as one", async () => {
    const visitor = await waiting();
    await context.agent.client.do("mutation ($id: ID) { sendEmailPreview(conversationId: $id) }", {
      id: visitor.conversationId,
    });
    const [mail] = context.mailsTo({ email: context.agent.email });
    expect(mail?.parsed.subject).toMatch(/^Preview: /);
    expect(mail?.parsed.text).toContain("It is, come by.");
    expect(mail?.parsed.text).not.toContain("afterchat-resume");
    expect(context.mailCount(visitor)).toBe(0);
    expect((await context.agent.forwarding(visitor)).state).toBe("WAITING");
    context.mail.behave(() => ({ code: 550, message: "5.7.1 Not wanted here" }));
    const refused = await context.agent.client.fail("mutation { sendEmailPreview }");
    context.mail.behave(() => null);
    expect(refused.extensions.code).toBe("CONFLICT");
    expect(refused.message).toContain("5.7.1 Not wanted here");
  });

  test("of a delivery shows the email as it went; none while it was not tried, and none of an erased visitor", async () => {
    const emailOf = async (of: InConversation) => {
      const { deliveries } = await context.agent.client.do(
        "query ($id: ID!) { deliveries(filter: { conversationId: $id }) { nodes { email { subject text } } } }",
        { id: of.conversationId },
      );
      return deliveries.nodes[0].email;
    };
    const visitor = await waiting();
    await context.forward(visitor.conversationId);
    await context.agent.reply(visitor, "And bring the light along.");
    const email = await emailOf(visitor);
    expect(email.text).toContain("It is, come by.");
    expect(email.text).not.toContain("And bring the light along.");
    expect(email.text).not.toContain("afterchat-resume");
    const { conversation } = await context.agent.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { id } } }",
      { id: visitor.conversationId },
    );
    await context.agent.client.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", {
      id: conversation.visitor.id,
    });
    expect(await emailOf(visitor)).toBeNull();
  });
});

describe("A dry run", () => {
  let own: TestContext;
  beforeAll(async () => {
    own = await TestContext.setup();
  });
  afterAll(() => own?.teardown());
  const dryRun = async (preference: Data): Promise<Data> =>
    (
      await own.agent.client.do(
        `query ($preference: UpdateForwardingPreferenceInput!) {
          forwardingDryRun(preference: $preference) { waiting dueAtOnce noLongerSent } }`,
        { preference },
      )
    ).forwardingDryRun;

  test("counts what saving then does, and changes nothing", async () => {
    const left = await own.visitorWhoLeft();
    await own.agent.reply(left, "It is, come by.");
    const present = await own.visitor();
    await present.say("Hello?");
    await own.agent.reply(present, "Hello!");
    await own.app.pass(60);
    expect(await dryRun({})).toEqual({ waiting: 2, dueAtOnce: 0, noLongerSent: 0 });
    // A minute ago: at once for the one who left, not for the one who is there.
    expect(await dryRun({ visitorLeftDelaySeconds: 0 })).toEqual({ waiting: 2, dueAtOnce: 1, noLongerSent: 0 });
    expect(await dryRun({ mode: "NOTHING" })).toEqual({ waiting: 0, dueAtOnce: 0, noLongerSent: 2 });
    expect((await own.agent.forwarding(left)).state).toBe("WAITING");
    await own.agent.updatePreference({ visitorLeftDelaySeconds: 0 });
    await own.app.tick();
    expect(own.mailCount(left)).toBe(1);
    expect(own.mailCount(present)).toBe(0);
    expect(await dryRun({})).toEqual({ waiting: 1, dueAtOnce: 0, noLongerSent: 0 });
    await present.leave();
  });
});
