import { once } from "node:events";
import type { Environment } from "../../../src/settings-error.js";
import { Chat, type ChatOptions, type ChatState, type ChatStorage, memoryStorage } from "../../../web/client/client.js";
import type { Data, GraphqlClient } from "../../support/app/graphql-client.js";
import { TestApp } from "../../support/app/test-app.js";
import { TcpProxy } from "../../support/fakes/tcp-proxy.js";

/** Generous: on a busy machine a reconnection takes its time. */
const timeoutMs = 10_000;

/** A program, a network that can be cut, and a browser's chats. */
export class ChatHarness {
  readonly #chats: Chat[] = [];

  private constructor(
    readonly app: TestApp,
    readonly network: TcpProxy,
    readonly admin: GraphqlClient,
  ) {}

  static async start(environment: Environment = {}): Promise<ChatHarness> {
    const app = await TestApp.start(environment);
    const { hostname, port } = new URL(app.url);
    const network = await TcpProxy.start({ host: hostname, port: Number(port) });
    const harness = new ChatHarness(app, network, await app.signInAdmin());
    await harness.setContactForm("OPTIONAL");
    return harness;
  }

  /** No connection is possible until `mendNetwork`. */
  cutNetwork(): Promise<void> {
    return this.network.stop();
  }

  async mendNetwork(): Promise<void> {
    await this.network.stop();
    await this.network.listen();
  }

  async stop(): Promise<void> {
    for (const chat of this.#chats) chat.stop();
    await this.network.stop();
    await this.app.stop();
  }

  /** A page with a chat that has not started. */
  chat(options: Partial<ChatOptions> = {}): Chat {
    const chat = new Chat({ url: `http://127.0.0.1:${this.network.port}`, storage: memoryStorage(), ...options });
    this.#chats.push(chat);
    return chat;
  }

  /** A page with a chat that is online. */
  async openPage(options: Partial<ChatOptions> = {}): Promise<Chat> {
    const chat = this.chat(options);
    await chat.start();
    await until(chat, isOnline);
    return chat;
  }

  /** A page whose first message has arrived. */
  async beginConversation(text: string, options: Partial<ChatOptions> = {}): Promise<{ chat: Chat; id: string }> {
    const chat = await this.openPage(options);
    chat.open(null);
    chat.send({ text });
    const state = await until(chat, ({ open, outbox }) => open?.id != null && outbox.length === 0);
    return { chat, id: state.open?.id ?? "" };
  }

  async setContactForm(rule: "OFF" | "OPTIONAL" | "REQUIRED"): Promise<void> {
    const change = "mutation ($input: UpdateContactFormInput!) { updateContactForm(input: $input) { current } }";
    await this.admin.do(change, { input: { whenOnline: rule, whenOffline: rule } });
  }

  async reply(conversationId: string, text: string): Promise<string> {
    const { sendMessage } = await this.admin.do(
      "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }",
      { input: { conversationId, text } },
    );
    return sendMessage.id;
  }

  /** The returned function resolves with the text of the message that the visitor has read next, as the staff sees it. */
  async watchRead(conversationId: string): Promise<() => Promise<string>> {
    const connection = await this.admin.connect();
    const updates = await this.app.subscribe(
      connection,
      "subscription ($id: ID!) { messageUpdated(conversationId: $id) { text read } }",
      { id: conversationId },
    );
    return async () => {
      const { data } = await updates.next();
      await connection.close();
      if (data?.messageUpdated.read !== true) throw new Error("The message was changed, but not read.");
      return data.messageUpdated.text;
    };
  }

  /** The texts of a conversation, as the staff sees it. */
  async textsOf(conversationId: string): Promise<readonly string[]> {
    const { conversation } = await this.admin.do(
      "query ($id: ID!) { conversation(id: $id) { messages(last: 100) { nodes { text } } } }",
      { id: conversationId },
    );
    return conversation.messages.nodes.map(({ text }: Data) => text);
  }
}

export const isOnline = ({ connection }: ChatState) => connection === "online";
export const textsShown = ({ open }: ChatState) => open?.messages.map(({ text }) => text) ?? [];

/** Resolves with the first state, from now on, for which this is true. */
export async function until(chat: Chat, isTrue: (state: ChatState) => boolean): Promise<ChatState> {
  if (isTrue(chat.state)) return chat.state;
  const timeIsUp = AbortSignal.timeout(timeoutMs);
  const { promise, resolve } = Promise.withResolvers<ChatState>();
  const end = chat.subscribe((state) => {
    if (isTrue(state)) resolve(state);
  });
  try {
    const late = once(timeIsUp, "abort").then(() => {
      throw new Error(`This was not reached: ${isTrue}, but ${JSON.stringify(chat.state, null, 1)}`);
    });
    return await Promise.race([promise, late]);
  } finally {
    end();
  }
}

/** A storage that refuses everything, as a browser's does in a private window. */
export const blockedStorage: ChatStorage = {
  getItem: () => {
    throw new Error("SecurityError");
  },
  setItem: () => {
    throw new Error("SecurityError");
  },
  removeItem: () => {
    throw new Error("SecurityError");
  },
};
