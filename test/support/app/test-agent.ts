import type { Connection, Data, GraphqlClient, GraphqlError } from "./graphql-client.js";
import type { TestApp } from "./test-app.js";
import type { VisitorAtPage } from "./test-visitor.js";

/** An admin at work, as their frontend does it. */
export class Desk {
  #client: GraphqlClient | null = null;
  #connection: Connection | null = null;

  constructor(private readonly program: TestApp) {}

  get client(): GraphqlClient {
    if (this.#client === null) throw new Error("Nobody has signed in at this desk");
    return this.#client;
  }

  get connection(): Connection {
    if (this.#connection === null) throw new Error("Nobody sits at this desk");
    return this.#connection;
  }

  /** Again after half a day without any request, when the session has expired. */
  async signIn(): Promise<void> {
    this.#client = await this.program.signInAdmin();
  }

  /** Opens the agent's connection: online from now on, unless they chose otherwise. */
  async sitDown(): Promise<void> {
    this.#connection = await this.client.connect();
    await this.program.app.services.presence.flush();
  }

  /** Closes the agent's connection. */
  async standUp(): Promise<void> {
    await this.#connection?.close();
    this.#connection = null;
  }

  async choose(availability: "ONLINE" | "INVISIBLE" | "OFFLINE"): Promise<void> {
    await this.client.do("mutation ($is: Availability!) { setAvailability(availability: $is) { availability } }", {
      is: availability,
    });
  }

  /** Replies, as a bot when named; returns the message's id. */
  async reply(visitor: VisitorAtPage, text: string, asBot: string | null = null): Promise<string> {
    const { sendMessage } = await this.client.do(
      "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }",
      { input: { conversationId: visitor.conversationId, text, asBot } },
    );
    return sendMessage.id;
  }

  async forwarding(visitor: VisitorAtPage): Promise<Data> {
    return (await this.conversation(visitor)).forwarding;
  }

  /** With what happens next, the last 100 messages, and their marks. */
  async conversation(visitor: VisitorAtPage): Promise<Data> {
    const { conversation } = await this.client.do(conversationQuery, { id: visitor.conversationId });
    return conversation;
  }

  /** Newest first. */
  async deliveries(visitor: VisitorAtPage): Promise<Data[]> {
    const { deliveries } = await this.client.do(deliveriesQuery, { id: visitor.conversationId });
    return deliveries.nodes;
  }

  /** The one delivery that there must be. */
  async delivery(visitor: VisitorAtPage): Promise<Data> {
    const [only, ...others] = await this.deliveries(visitor);
    if (only === undefined || others.length > 0) throw new Error(`One delivery was expected, not ${others.length + 1}`);
    return only;
  }

  async prefer(input: Data): Promise<Data> {
    const { updateForwardingPreference } = await this.client.do(
      `mutation ($input: UpdateForwardingPreferenceInput!) { updateForwardingPreference(input: $input) {
        mode visitorLeftDelaySeconds inactivityDelaySeconds settleSeconds contextMessages shortConversationMessages } }`,
      { input },
    );
    return updateForwardingPreference;
  }

  async forwardNow(visitor: VisitorAtPage): Promise<Data> {
    return (await this.client.do(forwardNowMutation, { id: visitor.conversationId })).forwardNow;
  }

  /** The error of a forwardNow that must be refused. */
  async failToForward(visitor: VisitorAtPage): Promise<GraphqlError> {
    return this.client.fail(forwardNowMutation, { id: visitor.conversationId });
  }

  async hold(visitor: VisitorAtPage): Promise<Data> {
    return (await this.client.do(holdMutation, { id: visitor.conversationId })).holdForwarding.forwarding;
  }

  async release(visitor: VisitorAtPage): Promise<Data> {
    return (await this.client.do(releaseMutation, { id: visitor.conversationId })).releaseForwarding.forwarding;
  }

  async retry(deliveryId: string): Promise<Data> {
    return (await this.client.do(retryMutation, { id: deliveryId })).retryDelivery;
  }

  async failToRetry(deliveryId: string): Promise<GraphqlError> {
    return this.client.fail(retryMutation, { id: deliveryId });
  }
}

const forwardingFields = "state dueAt trigger address pendingReplies asOf channel { id }";
const deliveryFields = `id kind trigger status address attempts dueAt nextAttemptAt sentAt late
  failure { code detail } messages { text }`;

const conversationQuery = `query ($id: ID!) { conversation(id: $id) {
  status unreadReplies visitor { name online leftAt } forwarding { ${forwardingFields} }
  messages(last: 100) { nodes { id text read forwardedTo deliveries { id status } } } } }`;
const deliveriesQuery = `query ($id: ID!) {
  deliveries(filter: { conversationId: $id }, first: 100) { nodes { ${deliveryFields} } } }`;
const forwardNowMutation = `mutation ($id: ID!) { forwardNow(conversationId: $id) { ${deliveryFields} } }`;
const holdMutation = `mutation ($id: ID!) { holdForwarding(conversationId: $id) { forwarding { ${forwardingFields} } } }`;
const releaseMutation = `mutation ($id: ID!) { releaseForwarding(conversationId: $id) { forwarding { ${forwardingFields} } } }`;
const retryMutation = `mutation ($id: ID!) { retryDelivery(deliveryId: $id) { ${deliveryFields} } }`;
