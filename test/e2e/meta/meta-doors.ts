import type { Data } from "../../support/app/graphql-client.js";
import { Stage } from "../../support/app/test-context.js";
import { type AccountKind, FakeGraphApi } from "../../support/fakes/graph-api/graph-api.js";

/** Somebody who has written on Messenger or Instagram. */
export interface Person {
  readonly kind: AccountKind;
  readonly id: string;
  readonly conversationId: string;
  readonly visitorId: string;
}

const messageFields = `id text editedAt unsentAt read sentAt via { id } attachments { name contentType sizeBytes url }
  author { __typename ... on Agent { name } } deliveries { status failure { code } } forwardedTo`;

/** The whole program with Messenger and Instagram, and a fake Graph API, whose clock is the program's. */
export class MetaDoors {
  #people = 0;

  private constructor(
    readonly stage: Stage,
    readonly meta: FakeGraphApi,
  ) {}

  /** `loginSecret`: Instagram is connected by Instagram Login too, whose webhooks are signed with this. */
  static async open(loginSecret: string): Promise<MetaDoors> {
    const meta = await FakeGraphApi.start();
    const stage = await Stage.set({
      ...meta.messengerEnvironment,
      ...meta.instagramEnvironment(),
      INSTAGRAM_APP_SECRET: `${meta.appSecret},${loginSecret}`,
      CHANNELS: "email,messenger,instagram",
    });
    meta.setClock(() => stage.now);
    meta.webhooks.listenAt("page", `${stage.program.app.url}/webhooks/messenger`);
    meta.webhooks.listenAt("instagram", `${stage.program.app.url}/webhooks/instagram`);
    return new MetaDoors(stage, meta);
  }

  get now(): Date {
    return this.stage.now;
  }

  /** An id that nobody has yet. */
  nextId(): string {
    this.#people += 1;
    return `24000000000${String(this.#people).padStart(5, "0")}`;
  }

  /** An event between a person and the account, at `at`, as one of `messaging[]`. */
  event(kind: AccountKind, id: string, content: object, at = this.now): object {
    return { sender: { id }, recipient: { id: this.meta.accountId(kind) }, timestamp: at.getTime(), ...content };
  }

  /** What the business did, as Meta reports it. */
  echo(kind: AccountKind, id: string, message: object, at = this.now): object {
    const sender = { id: this.meta.accountId(kind) };
    return { sender, recipient: { id }, timestamp: at.getTime(), message: { is_echo: true, ...message } };
  }

  /** Somebody who has just written for the first time. */
  async person(kind: AccountKind = "page", text = "Is my bike ready?"): Promise<Person> {
    const id = this.nextId();
    if ((await this.meta.say(kind, id, text)) !== 200) throw new Error("The webhook was refused");
    const found = await this.find(kind, id, text);
    if (found === null) throw new Error(`What ${id} wrote is nowhere`);
    return found;
  }

  /** The newest conversation of a channel in which this was written. */
  async find(kind: AccountKind, id: string, text: string): Promise<Person | null> {
    const nodes = await this.conversations(kind);
    const found = nodes.find((one) => one.messages.nodes.some((message: Data) => message.text === text));
    return found === undefined ? null : { kind, id, conversationId: found.id, visitorId: found.visitor.id };
  }

  async conversations(kind: AccountKind): Promise<Data[]> {
    const { conversations } = await this.stage.desk.client.do(
      `query ($channel: ID) { conversations(filter: { channel: $channel }, first: 100) {
        nodes { id visitor { id name } messages { nodes { text } } } } }`,
      { channel: kind === "page" ? "messenger" : "instagram" },
    );
    return conversations.nodes;
  }

  async conversation({ conversationId }: Pick<Person, "conversationId">): Promise<Data> {
    const { conversation } = await this.stage.desk.client.do(
      `query ($id: ID!) { conversation(id: $id) { status unreadReplies lastMessage { text unsentAt }
        visitor { id name } messages(last: 100) { nodes { ${messageFields} } } } }`,
      { id: conversationId },
    );
    return conversation;
  }

  async messages(person: Pick<Person, "conversationId">): Promise<Data[]> {
    return (await this.conversation(person)).messages.nodes;
  }

  async texts(person: Pick<Person, "conversationId">): Promise<string[]> {
    return (await this.messages(person)).map(({ text }) => text);
  }

  async reply({ conversationId }: Pick<Person, "conversationId">, text: string): Promise<string> {
    const { sendMessage } = await this.stage.desk.client.do(
      "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }",
      { input: { conversationId, text } },
    );
    return sendMessage.id;
  }

  async strike(): Promise<void> {
    await this.meta?.stop();
    await this.stage?.strike();
  }
}
