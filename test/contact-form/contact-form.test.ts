import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Data, GraphqlClient } from "../support/app/graphql-client.js";
import { TestContext } from "../support/app/test-context.js";

const sendMutation = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) {
  conversation { id status visitor { email identified } } } }`;
const formQuery = "{ contactForm { whenOnline whenOffline agentsOnline current } }";

let context: TestContext;

beforeAll(async () => {
  context = await TestContext.setup();
});

afterEach(async () => {
  await context.agent.setAvailability("ONLINE");
  await setRules("OPTIONAL", "REQUIRED");
});

afterAll(() => context?.teardown());

async function setRules(whenOnline: string, whenOffline: string): Promise<void> {
  await context.agent.client.do(
    "mutation ($input: UpdateContactFormInput!) { updateContactForm(input: $input) { current } }",
    { input: { whenOnline, whenOffline } },
  );
}

async function send(client: GraphqlClient, input: Data): Promise<Data> {
  return (await client.do(sendMutation, { input })).sendMessage.conversation;
}

/** The code of the error; null when the message was sent. */
async function codeOf(client: GraphqlClient, input: Data): Promise<string | null> {
  const { errors } = await client.ask(sendMutation, { input });
  return errors?.[0]?.extensions.code ?? null;
}

async function close(conversationId: string): Promise<void> {
  await context.agent.client.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", {
    id: conversationId,
  });
}

describe("The contact form", () => {
  test.each([
    ["ONLINE", true, "OFF"],
    ["INVISIBLE", false, "REQUIRED"],
    ["OFFLINE", false, "REQUIRED"],
  ] as const)(
    "applies the rule for an agent who is %s, to every client",
    async (availability, agentsOnline, current) => {
      await setRules("OFF", "REQUIRED");
      await context.agent.setAvailability(availability);
      const visitor = await context.app.startVisitor();
      for (const client of [context.app.client, visitor, context.agent.client]) {
        expect((await client.do(formQuery)).contactForm).toEqual({
          whenOnline: "OFF",
          whenOffline: "REQUIRED",
          agentsOnline,
          current,
        });
      }
    },
  );

  test("defaults to OPTIONAL with agents online and REQUIRED without", async () => {
    expect((await context.app.client.do(formQuery)).contactForm).toMatchObject({
      whenOnline: "OPTIONAL",
      whenOffline: "REQUIRED",
    });
  });

  test.each(["OFF", "OPTIONAL"])("that is %s lets everyone start a conversation", async (rule) => {
    await setRules(rule, rule);
    for (const availability of ["ONLINE", "OFFLINE"] as const) {
      await context.agent.setAvailability(availability);
      const visitor = await context.app.startVisitor();
      expect(await codeOf(visitor, { text: "Hello?" })).toBeNull();
    }
  });

  test("that is REQUIRED stops only unidentified visitors, and only from starting or reopening a conversation", async () => {
    const visitor = await context.app.startVisitor();
    const { id } = await send(visitor, { text: "Hello?" });
    await context.agent.setAvailability("INVISIBLE");
    const newcomer = await context.app.startVisitor();
    expect(await codeOf(newcomer, { text: "Hello?" })).toBe("CONTACT_FORM_REQUIRED");
    const { conversations } = await newcomer.do("{ conversations { nodes { id } } }");
    expect(conversations.nodes).toEqual([]);

    // An open conversation continues.
    expect(await codeOf(visitor, { text: "Anybody?" })).toBeNull();
    expect(await codeOf(visitor, { conversationId: id, text: "Anybody at all?" })).toBeNull();
    await close(id);
    expect(await codeOf(visitor, { text: "Hello again" })).toBe("CONTACT_FORM_REQUIRED");
    expect(await codeOf(visitor, { conversationId: id, text: "Hello again" })).toBe("CONTACT_FORM_REQUIRED");

    await visitor.do('mutation { submitContactForm(input: { email: "ana@example.com" }) { identified } }');
    expect(await send(visitor, { conversationId: id, text: "Hello again" })).toMatchObject({ id, status: "OPEN" });
    await close(id);
    expect((await send(visitor, { text: "Something else" })).id).not.toBe(id);
  });

  test("is satisfied by exactly one email address in a chat message", async () => {
    await context.agent.setAvailability("OFFLINE");
    const visitor = await context.app.startVisitor();
    for (const text of ["Hello?", "ana@ example.com", "ana@example.com or ben@example.com", "añá@example.com"]) {
      expect(await codeOf(visitor, { text })).toBe("CONTACT_FORM_REQUIRED");
    }
    const { viewer } = await visitor.do("{ viewer { ... on Visitor { email } } }");
    expect(viewer.email).toBeNull();
    const conversation = await send(visitor, { text: "Please write to (Ana@Example.com). That is ana@example.com!" });
    expect(conversation.visitor).toEqual({ email: "ana@example.com", identified: true });
  });

  test("notifies every open widget when agents come online or go offline, or an admin changes it", async () => {
    const visitor = await context.app.startVisitor();
    for (const client of [context.app.client, visitor]) {
      const connection = await client.connect();
      const changes = connection.subscribe("subscription { contactFormUpdated { current agentsOnline } }");
      const first = changes.next();
      // The subscription has begun once a query after it on the same connection is answered.
      await connection.subscribe("{ contactForm { current } }").next();
      await context.agent.setAvailability("INVISIBLE");
      expect((await first).data).toEqual({ contactFormUpdated: { current: "REQUIRED", agentsOnline: false } });
      await setRules("OFF", "OFF");
      expect((await changes.next()).data).toEqual({ contactFormUpdated: { current: "OFF", agentsOnline: false } });
      await connection.close();
      await context.agent.setAvailability("ONLINE");
      await setRules("OPTIONAL", "REQUIRED");
    }
  });
});
