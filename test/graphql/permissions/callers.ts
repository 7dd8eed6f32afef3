import { createChannelHost } from "../../../src/channel-host.js";
import { png, upload } from "../../attachments/file-desk.js";
import { ApiStage, type Staff, type Talker } from "../../support/app/api-stage.js";
import type { GraphqlClient } from "../../support/app/graphql-client.js";
import type { Caller } from "./promised-permissions.js";

/** The six callers of the permissions table, and what they may or may not see of each other. */
export class PermittedPeople {
  private constructor(
    readonly stage: ApiStage,
    readonly visitor: Talker,
    readonly stranger: Talker,
    readonly guest: GraphqlClient,
    readonly agent: Staff,
    /** Another conversation of the visitor, which the guest's link was not for. */
    readonly closedConversationId: string,
    readonly failedDeliveryId: string,
    readonly inboundEmailId: string,
  ) {}

  static async gather(): Promise<PermittedPeople> {
    const stage = await ApiStage.start();
    const agent = await stage.hire();
    const contact = { email: "ana@example.com", name: "Ana" };
    const { client, conversationId: closedConversationId, visitorId } = await stage.talker("An old question", contact);
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
      input: { conversationId, agentId: agent.agentId },
    });
    stage.sink.behave(() => ({ code: 550, message: "Not today" }));
    await stage.say(agent.client, conversationId, "We will look.", { asBot: "Robin", clientMessageId: "b1" });
    const failedDeliveryId = await stage.forward(conversationId);
    stage.sink.behave(() => null);
    await stage.say(agent.client, conversationId, "It is, come by.", { clientMessageId: "a1" });
    const inboundEmailId = await receiveByEmail(stage, conversationId, contact.email);
    await stage.suppress("suppressed@example.com");
    const guest = await stage.guest(conversationId);
    const stranger = await stage.talker("Do you sell tyres?", { email: "ben@example.com", name: "Ben" });
    const visitor = { client, visitorId, conversationId, messageId: sendMessage.id };
    return new PermittedPeople(
      stage,
      visitor,
      stranger,
      guest,
      agent,
      closedConversationId,
      failedDeliveryId,
      inboundEmailId,
    );
  }

  client(caller: Caller): GraphqlClient {
    switch (caller) {
      case "nobody":
        return this.stage.nobody;
      case "visitor":
        return this.visitor.client;
      case "stranger":
        return this.stranger.client;
      case "guest":
        return this.guest;
      case "agent":
        return this.agent.client;
      case "admin":
        return this.stage.admin.client;
    }
  }

  /** The conversation that a caller may use. */
  own(caller: Caller): Pick<Talker, "conversationId" | "messageId"> {
    return caller === "stranger" ? this.stranger : this.visitor;
  }
}

/** An answer by email in a conversation, and a mail that is nobody's: that one's id. */
async function receiveByEmail(stage: ApiStage, conversationId: string, address: string): Promise<string> {
  const { services } = stage.program.app;
  const email = services.channels.get("email");
  if (email === undefined) throw new Error("The email channel is not installed");
  const host = createChannelHost(services, email.plugin);
  const sender = { address, authenticated: true };
  const at = services.clock.now();
  const externalId = "<answer@ana.example>";
  await host.receive([{ type: "message", externalId, at, conversationId, text: "Thank you.", sender }]);
  const kept = await host.keep({
    key: "nobody's",
    content: Buffer.from("Subject: Hello\r\n\r\nHello"),
    contentType: "message/rfc822",
    envelope: { from: null, to: [] },
    summary: { from: "someone@example.com", to: [], subject: "Hello" },
  });
  return kept.id;
}
