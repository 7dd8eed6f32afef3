import type { Connection, Data, GraphqlClient, GraphqlError } from "./graphql-client.js";
import { adminEmail, adminPassword, type TestApp } from "./test-app.js";

/** Whatever has a conversation: a visitor of the website or of another channel. */
export interface InConversation {
  readonly conversationId: string;
}

/** An agent at work, as their frontend does it. */
export class TestAgent {
  #client: GraphqlClient;
  #connection: Connection | null = null;

  private constructor(
    private readonly app: TestApp,
    client: GraphqlClient,
    readonly id: string,
    readonly email: string,
    readonly password: string,
  ) {
    this.#client = client;
  }

  /** Signed in, and not connected yet; the first admin unless others are named. */
  static async signIn(app: TestApp, email = adminEmail, password = adminPassword): Promise<TestAgent> {
    const client = await app.client.signIn(email, password);
    const { viewer } = await client.do("{ viewer { ... on Agent { id } } }");
    return new TestAgent(app, client, viewer.id, email, password);
  }

  get client(): GraphqlClient {
    return this.#client;
  }

  get connection(): Connection {
    if (this.#connection === null) throw new Error("This agent is not connected");
    return this.#connection;
  }

  /** After half a day without any request, when the session has expired. */
  async signInAgain(): Promise<void> {
    this.#client = await this.app.client.signIn(this.email, this.password);
  }

  /** Opens the agent's connection: online from now on, unless they chose otherwise. */
  async connect(): Promise<void> {
    this.#connection = await this.client.connect();
    await this.app.services.presence.flush();
  }

  async disconnect(): Promise<void> {
    await this.#connection?.close();
    this.#connection = null;
  }

  async setAvailability(availability: "ONLINE" | "INVISIBLE" | "OFFLINE"): Promise<void> {
    await this.client.do("mutation ($is: Availability!) { setAvailability(availability: $is) { availability } }", {
      is: availability,
    });
  }

  /** Replies, as a bot when named; returns the message's id. */
  async reply({ conversationId }: InConversation, text: string, asBot: string | null = null): Promise<string> {
    const { sendMessage } = await this.client.do(
      "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }",
      { input: { conversationId, text, asBot } },
    );
    return sendMessage.id;
  }

  /** Confirms that a visitor's email address is their own. */
  async confirmAddress({ conversationId }: InConversation): Promise<void> {
    const { conversation } = await this.client.do(
      "query ($id: ID!) { conversation(id: $id) { visitor { id email } } }",
      { id: conversationId },
    );
    const { id: visitorId, email } = conversation.visitor;
    await this.client.do("mutation ($input: UpdateVisitorInput!) { updateVisitor(input: $input) { id } }", {
      input: { visitorId, email },
    });
  }

  async forwarding(of: InConversation): Promise<Data> {
    return (await this.conversation(of)).forwarding;
  }

  /** With what happens next, the last 100 messages, and their marks. */
  async conversation({ conversationId }: InConversation): Promise<Data> {
    const { conversation } = await this.client.do(conversationQuery, { id: conversationId });
    return conversation;
  }

  /** Newest first. */
  async deliveries({ conversationId }: InConversation): Promise<Data[]> {
    const { deliveries } = await this.client.do(deliveriesQuery, { id: conversationId });
    return deliveries.nodes;
  }

  /** The one delivery that there must be. */
  async delivery(of: InConversation): Promise<Data> {
    const [only, ...others] = await this.deliveries(of);
    if (only === undefined || others.length > 0) throw new Error(`One delivery was expected, not ${others.length + 1}`);
    return only;
  }

  async updatePreference(input: Data): Promise<Data> {
    const { updateForwardingPreference } = await this.client.do(
      `mutation ($input: UpdateForwardingPreferenceInput!) { updateForwardingPreference(input: $input) {
        mode visitorLeftDelaySeconds inactivityDelaySeconds settleSeconds contextMessages shortConversationMessages } }`,
      { input },
    );
    return updateForwardingPreference;
  }

  async forwardNow({ conversationId }: InConversation): Promise<Data> {
    return (await this.client.do(forwardNowMutation, { id: conversationId })).forwardNow;
  }

  /** The error of a forwardNow that must be refused. */
  async failToForward({ conversationId }: InConversation): Promise<GraphqlError> {
    return this.client.fail(forwardNowMutation, { id: conversationId });
  }

  async hold({ conversationId }: InConversation): Promise<Data> {
    return (await this.client.do(holdMutation, { id: conversationId })).holdForwarding.forwarding;
  }

  async release({ conversationId }: InConversation): Promise<Data> {
    return (await this.client.do(releaseMutation, { id: conversationId })).releaseForwarding.forwarding;
  }

  async retry(deliveryId: string): Promise<Data> {
    return (await this.client.do(retryMutation, { id: deliveryId })).retryDelivery;
  }

  async failToRetry(deliveryId: string): Promise<GraphqlError> {
    return this.client.fail(retryMutation, { id: deliveryId });
  }
}

const forwardingFields = "state dueAt trigger address pendingReplies asOf channel { id } refusal { code detail }";
const deliveryFields = `id kind trigger status address attempts dueAt nextAttemptAt sentAt late channel { id }
  failure { code detail } messages { text forwardedTo }`;

const conversationQuery = `query ($id: ID!) { conversation(id: $id) {
  status unreadReplies visitor { name online leftAt } forwarding { ${forwardingFields} }
  messages(last: 100) { nodes { id text read forwardedTo deliveries { id status } } } } }`;
const deliveriesQuery = `query ($id: ID!) {
  deliveries(filter: { conversationId: $id }, first: 100) { nodes { ${deliveryFields} } } }`;
const forwardNowMutation = `mutation ($id: ID!) { forwardNow(conversationId: $id) { ${deliveryFields} } }`;
const holdMutation = `mutation ($id: ID!) { holdForwarding(conversationId: $id) { forwarding { ${forwardingFields} } } }`;
const releaseMutation = `mutation ($id: ID!) { releaseForwarding(conversationId: $id) { forwarding { ${forwardingFields} } } }`;
const retryMutation = `mutation ($id: ID!) { retryDelivery(deliveryId: $id) { ${deliveryFields} } }`;
