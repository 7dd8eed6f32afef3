import { type ReadonlySignal, signal } from "@preact/signals";
import { mergeMessages } from "../../client/message-list.js";
import type { ChatError } from "../../client/request.js";
import type { Api } from "../api/api.js";
import { messagesAfter, messagesBefore, newestMessages } from "../api/operations.js";
import type { ShownMessage } from "./shown.js";

/** After a cut, so many pages of a hundred are read one after the other; beyond them it begins anew. */
const maxPagesMissed = 5;

/** The messages of a conversation, each once and in order, from the earliest that was loaded to the newest. */
export class MessageFeed {
  readonly #api: Api;
  readonly #conversationId: string;
  readonly #messages = signal<readonly ShownMessage[] | null>(null);
  readonly #hasEarlier = signal(false);
  readonly #problem = signal<ChatError | null>(null);
  readonly #isMissing = signal(false);
  readonly #stops: readonly (() => void)[];
  #isLoading = false;
  /** Null until the first page is there. */
  readonly messages: ReadonlySignal<readonly ShownMessage[] | null> = this.#messages;
  readonly hasEarlier: ReadonlySignal<boolean> = this.#hasEarlier;
  readonly problem: ReadonlySignal<ChatError | null> = this.#problem;
  /** There is no such conversation. */
  readonly isMissing: ReadonlySignal<boolean> = this.#isMissing;

  constructor(api: Api, conversationId: string) {
    this.#api = api;
    this.#conversationId = conversationId;
    const hear = (message: ShownMessage & { readonly conversation: { readonly id: string } }) => {
      if (message.conversation.id === conversationId) this.add([message]);
    };
    this.#stops = [
      api.on("messageAdded", hear),
      api.on("messageUpdated", hear),
      api.on("connected", () => void this.catchUp()),
    ];
    void this.catchUp();
  }

  add(read: readonly ShownMessage[]): void {
    const known = this.#messages.peek();
    if (known !== null) this.#messages.value = mergeMessages(known, read);
  }

  /** Reads what is not known yet. */
  async catchUp(): Promise<void> {
    await this.#load(async () => {
      const last = this.#messages.peek()?.at(-1);
      if (last === undefined || !(await this.#readAfter(last.cursor))) await this.#readNewest();
    });
  }

  async loadEarlier(): Promise<void> {
    const first = this.#messages.peek()?.[0];
    if (first === undefined || !this.#hasEarlier.peek()) return;
    await this.#load(async () => {
      const { conversation } = await this.#api.read(messagesBefore, { id: this.#conversationId, before: first.cursor });
      this.add(conversation?.messages.nodes ?? []);
      this.#hasEarlier.value = conversation?.messages.pageInfo.hasPreviousPage ?? false;
    });
  }

  stop(): void {
    for (const stop of this.#stops) stop();
  }

  async #readNewest(): Promise<void> {
    const { conversation } = await this.#api.read(newestMessages, { id: this.#conversationId });
    this.#isMissing.value = conversation === null;
    if (conversation === null) return;
    this.#messages.value = conversation.messages.nodes;
    this.#hasEarlier.value = conversation.messages.pageInfo.hasPreviousPage;
  }

  /** False if too much was missed. */
  async #readAfter(cursor: string): Promise<boolean> {
    let after = cursor;
    for (let page = 0; page < maxPagesMissed; page += 1) {
      const { conversation } = await this.#api.read(messagesAfter, { id: this.#conversationId, after });
      const nodes = conversation?.messages.nodes ?? [];
      this.add(nodes);
      const last = nodes.at(-1);
      if (last === undefined || !conversation?.messages.pageInfo.hasNextPage) return true;
      after = last.cursor;
    }
    return false;
  }

  async #load(read: () => Promise<void>): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    try {
      await read();
      this.#problem.value = null;
    } catch (error) {
      this.#problem.value = error as ChatError;
    } finally {
      this.#isLoading = false;
    }
  }
}
