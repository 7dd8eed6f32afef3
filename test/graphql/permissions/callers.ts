import { createChannelHost } from "../../../src/channel-host.js";
import type { Environment } from "../../../src/settings-error.js";
import type { GraphqlClient } from "../../support/app/graphql-client.js";
import type { TestAgent } from "../../support/app/test-agent.js";
import { type StartedConversation, TestContext } from "../../support/app/test-context.js";
import { png, upload } from "../../support/app/upload.js";
import type { Caller, FormerCaller } from "./expected-permissions.js";

/** The callers of the permissions table, and the data that they may or may not see. */
export class TestCallers {
  private constructor(
    readonly context: TestContext,
    readonly visitor: StartedConversation,
    readonly stranger: StartedConversation,
    readonly guest: GraphqlClient,
    readonly agent: TestAgent,
    /** Another conversation of the visitor, not the one that the guest's link is for. */
    readonly closedConversationId: string,
    readonly failedDeliveryId: string,
    readonly inboundEmailId: string,
    private readonly former: Readonly<Record<FormerCaller, GraphqlClient>>,
  ) {}

  /** `environment` replaces or adds settings. */
  static async setup(environment: Environment = {}): Promise<TestCallers> {
    const context = await TestContext.setup(environment, { agent: "offline" });
    const agent = await context.createAgent();
    const contact = { email: "ana@example.com", name: "Ana" };
    const {
      client,
      conversationId: closedConversationId,
      visitorId,
    } = await context.startConversation("An old question", contact);
    await agent.client.do("mutation ($id: ID!) { closeConversation(conversationId: $id) { id } }", {
      id: closedConversationId,
    });
    const { sendMessage } = await client.do(
      `mutation ($files: [ID!]) { sendMessage(input: {
        text: "Is my bike ready?", clientMessageId: "v1", attachmentIds: $files }) { id conversation { id } } }`,
      { files: [(await upload(client, { content: png, name: "bike.png" })).id] },
    );
    const conversationId: string = sendMessage.conversation.id;
    await agent.client.do("mutation ($input: AssignConversationInput!) { assignConversation(input: $input) { id } }", {
      input: { conversationId, agentId: agent.id },
    });
    context.mail.behave(() => ({ code: 550, message: "Not today" }));
    await context.sendMessage(agent.client, conversationId, "We will look.", { asBot: "Robin", clientMessageId: "b1" });
    const failedDeliveryId = await context.forward(conversationId);
    context.mail.behave(() => null);
    await context.sendMessage(agent.client, conversationId, "It is, come by.", { clientMessageId: "a1" });
    const inboundEmailId = await receiveByEmail(context, conversationId, contact.email);
    await context.suppress("suppressed@example.com");
    await context.agent.client.do(
      'mutation { blockNetwork(input: { range: "192.0.2.0/24", note: "Spam" }) { range } }',
    );
    const guest = await context.guest(conversationId);
    await context.app.startVisitor({ page: "/bikes" });
    const stranger = await context.startConversation("Do you sell tyres?", { email: "ben@example.com", name: "Ben" });
    const visitor = { client, visitorId, conversationId, messageId: sendMessage.id };
    return new TestCallers(
      context,
      visitor,
      stranger,
      guest,
      agent,
      closedConversationId,
      failedDeliveryId,
      inboundEmailId,
      await createFormer(context),
    );
  }

  client(caller: Caller): GraphqlClient {
    switch (caller) {
      case "nobody":
        return this.context.app.client;
      case "visitor":
        return this.visitor.client;
      case "stranger":
        return this.stranger.client;
      case "guest":
        return this.guest;
      case "agent":
        return this.agent.client;
      case "admin":
        return this.context.agent.client;
      case "ended session":
      case "removed agent":
      case "erased visitor":
      case "blocked visitor":
        return this.former[caller];
    }
  }

  /** A conversation that the caller may use. */
  own(caller: Caller): Pick<StartedConversation, "conversationId" | "messageId"> {
    return caller === "stranger" ? this.stranger : this.visitor;
  }
}

/** Clients whose tokens were valid a moment ago. */
async function createFormer(context: TestContext): Promise<Record<FormerCaller, GraphqlClient>> {
  const admin = context.agent.client;
  const [ended, erased, blocked] = [
    await context.startConversation(),
    await context.startConversation(),
    await context.startConversation(),
  ];
  await ended.client.do("mutation { signOut }");
  await admin.do("mutation ($id: ID!) { eraseVisitor(visitorId: $id) { id } }", { id: erased.visitorId });
  await admin.do("mutation ($id: ID!) { blockVisitor(visitorId: $id) { id } }", { id: blocked.visitorId });
  const removed = await context.createAgent();
  await admin.do("mutation ($id: ID!) { removeAgent(agentId: $id) { id } }", { id: removed.id });
  return {
    "ended session": ended.client,
    "removed agent": removed.client,
    "erased visitor": erased.client,
    "blocked visitor": blocked.client,
  };
}

/** Receives a reply by email in a conversation, and an email that belongs to no conversation. Returns the latter's id. */
async function receiveByEmail(context: TestContext, conversationId: string, address: string): Promise<string> {
  const { services } = context.app;
  const email = services.channels.get("email");
  if (email === undefined) throw new Error("The email channel is not installed");
  const host = createChannelHost(services, email.plugin);
  const sender = { address, authenticated: true };
  const at = services.clock.now();
  const externalId = "<answer@ana.example>";
  await host.receive([{ type: "message", externalId, at, conversationId, text: "Thank you.", sender }]);
  const original = await host.keep({
    key: "unmatched",
    content: Buffer.from("Subject: Hello\r\n\r\nHello"),
    contentType: "message/rfc822",
    envelope: { from: null, to: [] },
    summary: { from: "someone@example.com", to: [], subject: "Hello" },
  });
  if (original.outcome === "refused") throw new Error("The original was refused");
  return original.id;
}
