import { checkChannels } from "../../../src/channels/health/check-channels.js";
import type { Environment } from "../../../src/settings-error.js";
import type { Data } from "../../support/app/graphql-client.js";
import type { InConversation } from "../../support/app/test-agent.js";
import { TestContext } from "../../support/app/test-context.js";
import { type AccountKind, FakeGraphApi } from "../../support/fakes/graph-api/graph-api.js";

const channels = { page: "messenger", instagram: "instagram" } as const;

/** A visitor who has written on Messenger or Instagram. */
export interface MetaUser extends InConversation {
  readonly kind: AccountKind;
  /** Page- or Instagram-scoped. */
  readonly id: string;
  readonly visitorId: string;
}

const messageFields = `id text editedAt unsentAt read sentAt via { id } attachments { name contentType sizeBytes url }
  author { __typename ... on Agent { name } } deliveries { status failure { code } } forwardedTo`;

/** The whole program with Messenger and Instagram, and a fake Graph API that uses the program's clock. */
export class MetaContext {
  #users = 0;

  private constructor(
    readonly graphApi: FakeGraphApi,
    readonly context: TestContext,
  ) {}

  /** `environment` replaces or adds settings; `graphApi` continues with that of a stopped program. */
  static async setup(
    environment: (graphApi: FakeGraphApi) => Environment = () => ({}),
    graphApi?: FakeGraphApi,
  ): Promise<MetaContext> {
    const api = graphApi ?? (await FakeGraphApi.start());
    const context = await TestContext.setup({
      CHANNELS: "email,messenger,instagram",
      ...api.messengerEnvironment,
      ...api.instagramEnvironment(),
      ...environment(api),
    });
    api.setClock(() => context.now);
    for (const kind of ["page", "instagram"] as const) {
      api.webhooks.listenAt(kind, `${context.app.url}/webhooks/${channels[kind]}`);
    }
    return new MetaContext(api, context);
  }

  get now(): Date {
    return this.context.now;
  }

  /** An unused id. */
  nextId(): string {
    this.#users += 1;
    return `24000000000${String(this.#users).padStart(5, "0")}`;
  }

  /** An event from a person to the account, as an item of `messaging[]`. */
  event(kind: AccountKind, id: string, content: object, at = this.now): object {
    return { sender: { id }, recipient: { id: this.graphApi.accountId(kind) }, timestamp: at.getTime(), ...content };
  }

  /** The echo of a message that the business sent. */
  echo(kind: AccountKind, id: string, message: object, at = this.now): object {
    const sender = { id: this.graphApi.accountId(kind) };
    return { sender, recipient: { id }, timestamp: at.getTime(), message: { is_echo: true, ...message } };
  }

  /** A new visitor, who sends their first message. */
  async user(kind: AccountKind = "page", text = "Is my bike ready?"): Promise<MetaUser> {
    const id = this.nextId();
    if ((await this.graphApi.say(kind, id, text)) !== 200) throw new Error("The webhook was refused");
    const found = await this.find(kind, id, text);
    if (found === null) throw new Error(`The message of ${id} was not stored`);
    return found;
  }

  /** The newest conversation of a channel with a message of this text. */
  async find(kind: AccountKind, id: string, text: string): Promise<MetaUser | null> {
    const nodes = await this.conversations(kind);
    const found = nodes.find((node) => node.messages.nodes.some((message: Data) => message.text === text));
    return found === undefined ? null : { kind, id, conversationId: found.id, visitorId: found.visitor.id };
  }

  async conversations(kind: AccountKind): Promise<Data[]> {
    const { conversations } = await this.context.agent.client.do(
      `query ($channel: ID) { conversations(filter: { channel: $channel }, first: 100) {
        nodes { id visitor { id name } messages { nodes { text } } } } }`,
      { channel: channels[kind] },
    );
    return conversations.nodes;
  }

  async conversation({ conversationId }: InConversation): Promise<Data> {
    const { conversation } = await this.context.agent.client.do(
      `query ($id: ID!) { conversation(id: $id) { status unreadReplies lastMessage { text unsentAt }
        visitor { id name } messages(last: 100) { nodes { ${messageFields} } } } }`,
      { id: conversationId },
    );
    return conversation;
  }

  async messages(of: InConversation): Promise<Data[]> {
    return (await this.conversation(of)).messages.nodes;
  }

  async texts(of: InConversation): Promise<string[]> {
    return (await this.messages(of)).map(({ text }) => text);
  }

  /** Writes a reply, without waiting for its delivery. Returns the message's id. */
  reply({ conversationId }: InConversation, text: string, input: Data = {}): Promise<string> {
    return this.context.sendMessage(this.context.agent.client, conversationId, text, input);
  }

  /** Oldest first. */
  async deliveries(of: InConversation): Promise<Data[]> {
    return (await this.context.agent.deliveries(of)).toReversed();
  }

  async statuses(of: InConversation): Promise<string[]> {
    return (await this.deliveries(of)).map(({ status }) => status);
  }

  /** By channel. */
  async health(): Promise<Data> {
    const { channels } = await this.context.agent.client.do("{ channels { id health { status detail } } }");
    return Object.fromEntries(channels.map(({ id, health }: Data) => [id, health]));
  }

  /** Does what the job does every five minutes. */
  async checkChannels(): Promise<void> {
    await checkChannels(this.context.app.services);
  }

  async teardown(): Promise<void> {
    await this.graphApi.webhooks.quiet();
    await this.context.teardown();
    await this.graphApi.stop();
  }
}
