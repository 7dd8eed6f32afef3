import { backoff } from "./backoff.js";
import {
  type ChatState,
  type Conversation,
  type Message,
  type OpenConversation,
  type OutgoingMessage,
  type Reply,
  stopped,
} from "./chat-state.js";
import { type ChatStorage, memoryStorage, tolerant } from "./chat-storage.js";
import { Connection, subscribing } from "./connection.js";
import { mergeMessages } from "./message-list.js";
import type { MessagesAfterQuery, TypingSubscription } from "./operations.generated.js";
import type { Operation } from "./operations.js";
import * as operations from "./operations.js";
import { Outbox } from "./outbox.js";
import { randomId } from "./random-id.js";
import { ChatError, request } from "./request.js";
import { Sender } from "./sender.js";
import type { ChosenFile } from "./upload-file.js";
import { Uploads } from "./uploads.js";

export interface ChatOptions {
  /** Where Afterchat runs, such as `https://chat.example.com`. */
  readonly url: string;
  /** Where the session and unsent messages are kept, `localStorage` for example; left out: they are lost with the page. */
  readonly storage?: ChatStorage | undefined;
  /** Put before the names in the storage; `afterchat` if left out. */
  readonly storagePrefix?: string | undefined;
  /** The page that the visitor is on: an http(s) URL, or a path. */
  readonly page?: string | undefined;
  /** A BCP 47 language tag; left out: the language of this device. */
  readonly locale?: string | undefined;
  /** An IANA time zone name; left out: that of this device. */
  readonly timeZone?: string | undefined;
  /** Who the visitor is: a token signed by the website, or a function that asks for one. See `startSession` in docs/api.md. */
  readonly identity?: string | (() => Promise<string>) | undefined;
  /** The code of a link in an email. */
  readonly resume?: string | undefined;
  /** In the place of those of this platform. */
  readonly fetch?: typeof fetch | undefined;
  readonly webSocket?: unknown;
}

export interface OutgoingText {
  readonly text: string;
  /** Ids of uploads that are done; left out: all of them. */
  readonly uploadIds?: readonly string[];
}

const typingEveryMs = 3_000;
/** The server forgets about it after a while without another event. */
const typingEndsAfterMs = 6_000;
const activityEveryMs = 20_000;
const trustConnectionForMs = 30_000;

interface Acknowledged {
  readonly message: Message;
  readonly conversation: Conversation;
}

/** A visitor's chat, without a screen: everything that a widget needs to know and can do. */
export class Chat {
  readonly #options: ChatOptions;
  readonly #storage: ChatStorage;
  readonly #prefix: string;
  readonly #fetch: typeof fetch;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #sender: Sender<Acknowledged>;
  readonly #uploads: Uploads;
  readonly #listeners = new Set<(state: ChatState) => void>();
  readonly #replyListeners = new Set<(reply: Reply, conversationId: string) => void>();
  #state: ChatState = stopped;
  #hasChanged = false;
  #isTelling = false;
  #token: string | null = null;
  #resume: string | null;
  #page: string | null;
  #starting: Promise<string> | null = null;
  #isStarted = false;
  /** Whether the application, or the start, has chosen what is open. */
  #hasShown = false;
  #caughtUpAt = 0;
  /** The messages of the open conversation are complete up to this one; null before they were read. */
  #completeUpTo: string | null = null;
  #typingTimer: ReturnType<typeof setTimeout> | null = null;
  #lastTypingAt = 0;
  #lastActivityAt = 0;
  #reportTimer: ReturnType<typeof setTimeout> | null = null;
  #failedReports = 0;
  /** Read, and not yet told to the server. */
  #unreported: { readonly conversationId: string; readonly messageId: string } | null = null;

  constructor(options: ChatOptions) {
    this.#options = options;
    this.#storage = tolerant(options.storage ?? memoryStorage());
    this.#prefix = options.storagePrefix ?? "afterchat";
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.#resume = options.resume ?? null;
    this.#page = options.page ?? null;
    this.#outbox = new Outbox(this.#storage, `${this.#prefix}.outbox`, (outbox) => this.#set({ outbox }));
    this.#sender = new Sender<Acknowledged>(this.#outbox, {
      send: (message) => this.#sendNow(message),
      sent: (acknowledged) => this.#sent(acknowledged),
    });
    this.#uploads = new Uploads({
      url: `${this.#url}/attachments`,
      fetch: this.#fetch,
      token: () => this.#session(),
      sessionEnded: () => this.#forgetSession(),
      changed: (uploads) => this.#set({ uploads }),
    });
    this.#connection = new Connection({
      url: `${this.#url.replace(/^http/, "ws")}/graphql`,
      webSocket: options.webSocket,
      token: () => this.#session(),
      subscriptions: [
        subscribing(operations.messageAdded, ({ messageAdded }) => this.#added(messageAdded)),
        subscribing(operations.messageUpdated, ({ messageUpdated }) =>
          this.#updated(messageUpdated, messageUpdated.conversation.id),
        ),
        subscribing(operations.conversationUpdated, ({ conversationUpdated: { visitor, ...conversation } }) => {
          this.#set({ visitor });
          this.#changed(conversation);
        }),
        subscribing(operations.typing, ({ typing }) => this.#typing(typing)),
        subscribing(operations.contactFormUpdated, ({ contactFormUpdated }) => {
          this.#set({ contactForm: contactFormUpdated });
          this.#askAgain();
          this.#readOutlook();
        }),
      ],
      connected: () => void this.#catchUp(),
      disconnected: (isLost) => {
        if (!this.#isStarted) return;
        this.#set({ connection: isLost ? "connecting" : "offline" });
        this.#stopTyping();
      },
      sessionEnded: () => this.#forgetSession(),
    });
  }

  /** What the chat looks like now. */
  get state(): ChatState {
    return this.#state;
  }

  /** Calls `listener` after every change, until the returned function is called. */
  subscribe(listener: (state: ChatState) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Calls `listener` once for each reply that arrives while the chat runs. Of those that arrived while it was offline, all of the
   * open conversation, and the last one of each other conversation.
   */
  onReply(listener: (reply: Reply, conversationId: string) => void): () => void {
    this.#replyListeners.add(listener);
    return () => void this.#replyListeners.delete(listener);
  }

  /**
   * Begins or resumes the session, connects, and sends what earlier pages have left unsent. Then the visitor counts as present. Works
   * offline too: it connects as soon as it can.
   */
  async start(): Promise<void> {
    if (this.#isStarted) return this.wake();
    this.#isStarted = true;
    this.#set({ connection: "connecting" });
    await this.#outbox.load();
    // It may have been stopped meanwhile.
    if (this.#isStarted) this.#connection.open();
  }

  /** Closes the connection, and with it the visitor's presence. `start` goes on from here. */
  stop(): void {
    if (!this.#isStarted) return;
    this.#isStarted = false;
    if (!this.#connection.isConnected && this.#token !== null) this.#leave(this.#token);
    this.#connection.close();
    this.#sender.stop();
    this.#uploads.stop();
    this.#stopReporting();
    this.#stopTyping();
    this.#set({ connection: "stopped" });
  }

  /**
   * To be called when the device is online, or the page shown, again: connects at once instead of at the next attempt. A device that
   * slept may hold a connection that was lost long ago, so it is read from after a while.
   */
  wake(): void {
    if (!this.#isStarted) return;
    if (!this.#connection.isConnected) this.#connection.open();
    else if (Date.now() - this.#caughtUpAt > trustConnectionForMs) return void this.#catchUp();
    this.#sender.work();
    this.#uploads.retry();
  }

  /** Shows a conversation and reads its messages. Null begins a new one with the visitor's first message. */
  open(conversationId: string | null): void {
    if (this.#state.open !== null && this.#state.open.id === conversationId) return;
    this.#hasShown = true;
    this.#completeUpTo = null;
    this.#stopTyping();
    this.#set({ open: emptyConversation(conversationId) });
    if (conversationId !== null) void this.#readOpenNow();
    this.#readOutlook();
  }

  /** Shows no conversation, but the list of them. */
  close(): void {
    this.#hasShown = true;
    this.#stopTyping();
    this.#set({ open: null });
  }

  /** Reads the messages before the first that is shown. @throws {ChatError} */
  async loadEarlier(): Promise<void> {
    const open = this.#state.open;
    const before = open?.messages[0]?.cursor;
    if (open === null || open.id === null || before === undefined || !open.hasEarlier || open.isLoading) return;
    this.#setOpen(open.id, { isLoading: true });
    try {
      const { conversation } = await this.#request(operations.messagesBefore, { id: open.id, before });
      const page = conversation?.messages;
      this.#mergeOpen(open.id, page?.nodes ?? [], { hasEarlier: page?.pageInfo.hasPreviousPage ?? false });
    } finally {
      this.#setOpen(open.id, { isLoading: false });
    }
  }

  /** Reads more of the visitor's conversations. @throws {ChatError} */
  async loadMoreConversations(): Promise<void> {
    const after = this.#conversationsCursor;
    if (after === null) return;
    const { conversations } = await this.#request(operations.moreConversations, { after });
    this.#conversationsCursor = conversations.pageInfo.hasNextPage ? conversations.pageInfo.endCursor : null;
    this.#set({ hasMoreConversations: this.#conversationsCursor !== null });
    for (const conversation of conversations.nodes) this.#changed(conversation);
  }
  #conversationsCursor: string | null = null;

  /**
   * Writes a message into the open conversation, or into a new one. It is in `state.outbox` until the server has acknowledged it, whatever happens to the
   * connection, the page or the device.
   * @returns its `clientMessageId`; null if there is nothing to send
   */
  send({ text, uploadIds }: OutgoingText): string | null {
    const attachments = this.#uploads.take(uploadIds);
    if (text.trim() === "" && attachments.length === 0) return null;
    if (this.#state.open === null) this.open(null);
    const clientMessageId = randomId();
    this.#lastTypingAt = 0;
    this.#outbox.add({
      ...{ clientMessageId, text, attachments },
      conversationId: this.#state.open?.id ?? null,
      writtenAt: new Date().toISOString(),
      status: "waiting",
      problem: null,
    });
    this.#sender.work();
    return clientMessageId;
  }

  /** Changes a message that was refused, and sends it. */
  editOutgoing(clientMessageId: string, text: string): void {
    this.#outbox.update(clientMessageId, { text, status: "waiting", problem: null });
    this.#sender.work();
  }

  /** Gives up a message that was not sent. One on its way may have arrived. */
  discardOutgoing(clientMessageId: string): void {
    this.#outbox.remove(clientMessageId);
  }

  /** To be called while the visitor types. Tells the staff, every few seconds at most. */
  setTyping(): void {
    const conversationId = this.#state.open?.id;
    const now = Date.now();
    if (conversationId == null || !this.#connection.isConnected || now - this.#lastTypingAt < typingEveryMs) return;
    this.#lastTypingAt = now;
    this.#attempt(operations.setTyping, { conversationId });
  }

  /** To be called when the visitor does something on the page, or opens another. Tells the server, a few times a minute at most. */
  recordActivity(page?: string): void {
    const isOther = page !== undefined && page !== this.#page;
    if (isOther) this.#page = page;
    const now = Date.now();
    if (!isOther && now - this.#lastActivityAt < activityEveryMs) return;
    if (!this.#connection.isConnected) return;
    this.#lastActivityAt = now;
    this.#attempt(operations.recordActivity, isOther ? { page } : {});
  }

  /** To be called when the visitor has seen the newest message of the open conversation. */
  markRead(): void {
    const { open, conversations } = this.#state;
    const newest = open?.messages.at(-1);
    if (open?.id == null || newest === undefined) return;
    const conversation = conversations.find(({ id }) => id === open.id);
    // The count and the messages are of different moments: each may be a little behind the other.
    const unread = open.messages.filter(({ author, read }) => author.__typename !== "Visitor" && !read);
    if (unread.length === 0 && !conversation?.unreadReplies) return;
    const messages = mergeMessages(
      open.messages,
      unread.map((message) => ({ ...message, read: true })),
    );
    this.#unreported = { conversationId: open.id, messageId: newest.id };
    this.#set({
      open: { ...open, messages },
      ...listed(conversations.map((each) => (each.id === open.id ? { ...each, unreadReplies: 0 } : each))),
    });
    void this.#reportRead();
  }

  /** @throws {ChatError} BAD_USER_INPUT with `field` for an address that cannot be right; FORBIDDEN for guests */
  async submitContactForm(input: { readonly email: string; readonly name?: string | null }): Promise<void> {
    const { submitContactForm } = await this.#request(operations.submitContactForm, { input });
    this.#set({ visitor: submitContactForm });
    this.#askAgain();
    this.#readOutlook();
  }

  /**
   * Stops or resumes email to the visitor about the open conversation, or about all.
   * @throws {ChatError}
   */
  async setEmailOptOut(optedOut: boolean, about: "conversation" | "all"): Promise<void> {
    const conversationId = about === "conversation" ? (this.#state.open?.id ?? null) : null;
    const { setEmailOptOut } = await this.#request(operations.setEmailOptOut, { optedOut, conversationId });
    this.#set({ visitor: setEmailOptOut });
    this.#readOutlook();
    const conversation = this.#state.conversations.find(({ id }) => id === conversationId);
    if (conversation !== undefined) this.#changed({ ...conversation, optedOut });
  }

  /**
   * Says who the visitor is, by a token that the website has signed.
   * @throws {ChatError} BAD_USER_INPUT for a token that cannot be verified
   */
  async identify(token: string): Promise<void> {
    await this.#begin({ identity: { token } });
    this.#reconnect();
  }

  /** Opens the conversation that the link in an email was for. @throws {ChatError} */
  async resume(code: string): Promise<void> {
    this.#hasShown = false;
    await this.#begin({ resume: code });
    this.#reconnect();
  }

  /** Ends the session on this device: the next `start` begins with a new visitor. Messages that were not sent are given up. */
  async forget(): Promise<void> {
    const token = this.#token ?? (await this.#storage.getItem(`${this.#prefix}.token`));
    this.stop();
    if (token !== null) await request(this.#requestOptions(token), operations.signOut, {}).catch(ignoreEnded);
    this.#token = null;
    await this.#storage.removeItem(`${this.#prefix}.token`);
    for (const { clientMessageId } of this.#outbox.messages) this.#outbox.remove(clientMessageId);
    this.#hasShown = false;
    this.#set({ ...stopped, outbox: [] });
  }

  /** Sends a file, to go along with the next message. @returns its id in `state.uploads` */
  upload(file: ChosenFile, name?: string): string {
    return this.#uploads.add(file, name);
  }

  /** Gives up a file, whether it was sent or not. */
  removeUpload(id: string): void {
    this.#uploads.remove(id);
  }

  /** Another session, or other rights: the server knows the viewer of a connection from its beginning. */
  #reconnect(): void {
    if (!this.#isStarted) return;
    this.#set({ connection: "connecting" });
    this.#connection.reopen();
  }

  get #url(): string {
    return this.#options.url.replace(/\/+$/, "");
  }

  #requestOptions(token: string | null) {
    return { url: `${this.#url}/graphql`, fetch: this.#fetch, token };
  }

  /** An operation of the session. It begins another session, once, if the one it knows has ended. */
  async #request<Data, Variables>(operation: Operation<Data, Variables>, variables: Variables): Promise<Data> {
    const token = await this.#session();
    const visitorId = this.#state.visitor?.id;
    try {
      return await request(this.#requestOptions(token), operation, variables);
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== "UNAUTHENTICATED") throw error;
      if (this.#token === token) this.#forgetSession();
      const next = await this.#session();
      // Variables may name what only the former visitor can see.
      if (this.#state.visitor?.id !== visitorId) throw error;
      return request(this.#requestOptions(next), operation, variables);
    }
  }

  /** For what does no harm when it is lost. */
  #attempt<Data, Variables>(operation: Operation<Data, Variables>, variables: Variables): void {
    this.#request(operation, variables).catch((error: unknown) => {
      if (!(error instanceof ChatError)) throw error;
    });
  }

  /** The token, of a session that begins now if there is none. */
  async #session(): Promise<string> {
    if (this.#token !== null) return this.#token;
    this.#starting ??= this.#begin({})
      .catch((error: unknown) => {
        if (error instanceof ChatError && !error.isTemporary) {
          const { code, message, field } = error;
          this.#set({ problem: { code, message, field } });
        }
        throw error;
      })
      .finally(() => {
        this.#starting = null;
      });
    return this.#starting;
  }

  #forgetSession(): void {
    this.#token = null;
  }

  async #begin(given: { readonly identity?: { readonly token: string }; readonly resume?: string }): Promise<string> {
    const { identity, locale, timeZone } = this.#options;
    const kept = await this.#storage.getItem(`${this.#prefix}.token`);
    const signed = given.identity ?? (identity === undefined ? null : { token: await readIdentity(identity) });
    const resume = given.resume ?? this.#resume;
    const device = Intl.DateTimeFormat().resolvedOptions();
    const { startSession } = await request(this.#requestOptions(null), operations.startSession, {
      input: {
        token: kept,
        // A link of an email is not for the person who is signed in on the website.
        ...(resume === null ? { identity: signed } : { resume }),
        page: this.#page,
        locale: locale ?? device.locale,
        timeZone: timeZone ?? device.timeZone,
      },
    });
    const { token, kind, visitor, conversation } = startSession;
    this.#resume = null;
    this.#token = token;
    await this.#storage.setItem(`${this.#prefix}.token`, token);
    if (this.#state.visitor !== null && this.#state.visitor.id !== visitor.id) this.#changeVisitor();
    else if (kind === "NEW") this.#outbox.forgetConversations();
    this.#set({ session: kind, visitor, problem: null });
    if (!this.#hasShown && conversation !== null) this.open(conversation.id);
    return token;
  }

  /** What is shown belongs to somebody else. */
  #changeVisitor(): void {
    this.#outbox.forgetConversations();
    this.#completeUpTo = null;
    this.#unreported = null;
    this.#hasShown = false;
    const { open } = this.#state;
    this.#set({ conversations: [], unread: 0, open: open === null ? null : emptyConversation(null) });
  }

  /** Reads what happened while there was no connection. */
  async #catchUp(): Promise<void> {
    const before = this.#state;
    try {
      const openId = this.#state.open?.id ?? null;
      const overview = await this.#connection.read(operations.overview, { open: openId });
      const { contactForm, website, viewer, conversations } = overview;
      if (viewer?.__typename === "Visitor") {
        const { __typename: _, whenAway, ...visitor } = viewer;
        this.#set({ visitor, website, whenAway });
      }
      this.#conversationsCursor = conversations.pageInfo.hasNextPage ? conversations.pageInfo.endCursor : null;
      this.#set({ contactForm, hasMoreConversations: conversations.pageInfo.hasNextPage });
      const read = new Set(conversations.nodes.map(({ id }) => id));
      this.#setConversations([...this.#state.conversations.filter(({ id }) => !read.has(id)), ...conversations.nodes]);
      await this.#readOpen();
      this.#caughtUpAt = Date.now();
      this.#connection.succeeded();
      this.#announceMissed(before);
      this.#set({ connection: "online" });
      await this.#reportRead();
      this.#sender.work();
      this.#uploads.retry();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      // The connection has ended, or a part could not be read: the next connection reads everything again.
      this.#connection.reconnect();
    }
  }

  #announceMissed({ conversations, open, connection }: ChatState): void {
    // Nothing was missed before the first look.
    if (connection === "stopped" || conversations.length === 0) return;
    const newest = open?.messages.at(-1);
    if (newest !== undefined && this.#state.open?.id === open?.id) {
      const known = new Set(open?.messages.map(({ id }) => id));
      const missed = this.#state.open?.messages.filter(({ id, sentAt }) => !known.has(id) && sentAt >= newest.sentAt);
      for (const message of missed ?? []) this.#announce(message, open?.id ?? "");
    }
    const last = new Map(conversations.map(({ id, lastMessage }) => [id, lastMessage?.id]));
    for (const { id, lastMessage, unreadReplies } of this.#state.conversations) {
      if (lastMessage === null || unreadReplies === 0 || last.get(id) === lastMessage.id) continue;
      if (newest === undefined || id !== open?.id) this.#announce(lastMessage, id);
    }
  }

  /** Reads the open conversation: all after what is known, and the newest again, which may have changed. */
  async #readOpen(): Promise<void> {
    const id = this.#state.open?.id;
    if (id == null) return;
    const { conversation } = await this.#connection.read(operations.newestMessages, { id });
    if (this.#state.open?.id !== id) return;
    if (conversation === null) return this.close();
    const { messages, ...changed } = conversation;
    const { nodes, pageInfo } = messages;
    // Of a conversation that has just begun here, nothing but the own messages is known.
    const after = this.#completeUpTo ?? this.#state.open.messages[0]?.cursor ?? null;
    const hasGap = after !== null && pageInfo.hasPreviousPage && !nodes.some(({ cursor }) => cursor === after);
    const missed = hasGap ? [...(await this.#readAfter(id, after)), ...nodes] : nodes;
    if (this.#state.open?.id !== id) return;
    const hasEarlier = this.#completeUpTo === null ? pageInfo.hasPreviousPage : this.#state.open.hasEarlier;
    this.#completeUpTo = nodes.at(-1)?.cursor ?? after;
    this.#mergeOpen(id, missed, { hasEarlier, isLoading: false });
    this.#changed(changed);
  }

  /** The same while it is connected; otherwise the next connection reads it. */
  async #readOpenNow(): Promise<void> {
    if (!this.#connection.isConnected) return;
    await this.#readOpen().catch((error: unknown) => {
      if (!(error instanceof ChatError)) throw error;
      this.#connection.reconnect();
    });
  }

  /** Who is here, and what may be promised. What cannot be read now is read by the next connection. */
  #readOutlook(): void {
    const id = this.#state.open?.id ?? null;
    if (!this.#connection.isConnected) return;
    this.#connection.read(operations.outlook, { open: id }).then(
      ({ website, viewer }) => {
        if (viewer?.__typename === "Visitor" && id === (this.#state.open?.id ?? null))
          this.#set({ website, whenAway: viewer.whenAway });
      },
      (error: unknown) => {
        if (!(error instanceof ChatError)) throw error;
      },
    );
  }

  async #readAfter(id: string, after: string): Promise<readonly Message[]> {
    const messages: Message[] = [];
    for (let cursor: string | undefined = after; cursor !== undefined; ) {
      const page: MessagesAfterQuery = await this.#connection.read(operations.messagesAfter, { id, after: cursor });
      const { nodes = [], pageInfo } = page.conversation?.messages ?? {};
      messages.push(...nodes);
      cursor = pageInfo?.hasNextPage ? nodes.at(-1)?.cursor : undefined;
    }
    return messages;
  }

  async #reportRead(): Promise<void> {
    const input = this.#unreported;
    this.#stopReporting();
    if (input === null) return;
    try {
      const { markRead } = await this.#request(operations.markRead, { input });
      this.#failedReports = 0;
      if (this.#unreported === input) this.#unreported = null;
      this.#changed(markRead);
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (this.#unreported !== input) return;
      if (!error.isTemporary) this.#unreported = null;
      else if (this.#isStarted) {
        this.#failedReports += 1;
        this.#reportTimer = setTimeout(() => void this.#reportRead(), backoff(this.#failedReports));
      }
    }
  }

  #stopReporting(): void {
    if (this.#reportTimer !== null) clearTimeout(this.#reportTimer);
    this.#reportTimer = null;
  }

  /** Messages that waited for an address may be possible now. */
  #askAgain(): void {
    this.#outbox.releaseAll();
    this.#sender.work();
  }

  async #sendNow(outgoing: OutgoingMessage) {
    // If it begins another visitor's session, messages go to a conversation of that visitor.
    await this.#session();
    const { clientMessageId, conversationId, text, attachments } =
      this.#outbox.find(outgoing.clientMessageId) ?? outgoing;
    const input = { clientMessageId, conversationId, text, attachmentIds: attachments.map(({ id }) => id) };
    const { sendMessage } = await this.#request(operations.sendMessage, { input });
    const { conversation, ...message } = sendMessage;
    return { message, conversation };
  }

  #sent({ message, conversation }: Acknowledged): void {
    const open = this.#state.open;
    const begins = open !== null && open.id === null;
    if (begins) this.#set({ open: { ...open, id: conversation.id } });
    this.#mergeOpen(conversation.id, [message]);
    this.#changed(conversation);
    // It may have gone to an open conversation, with messages before it.
    if (begins) void this.#readOpenNow();
    if (begins) this.#readOutlook();
  }

  #added({ conversation, ...message }: Message & { readonly conversation: Conversation }): void {
    const { clientMessageId } = message;
    if (clientMessageId !== null && this.#outbox.find(clientMessageId) !== undefined) {
      // The answer to sending it is on its way, or lost.
      this.#outbox.remove(clientMessageId);
      this.#sent({ message, conversation });
      return;
    }
    const isOnline = this.#state.connection === "online";
    const { open } = this.#state;
    const isNew = open?.id !== conversation.id || !open.messages.some(({ id }) => id === message.id);
    const isReply = message.author.__typename !== "Visitor";
    this.#mergeOpen(conversation.id, [message], isReply ? { typing: null } : {});
    if (isOnline && open?.id === conversation.id && this.#completeUpTo !== null) this.#completeUpTo = message.cursor;
    this.#changed(conversation);
    // What arrives while it catches up is announced after that.
    if (isNew && isOnline) this.#announce(message, conversation.id);
  }

  #announce(message: Reply, conversationId: string): void {
    if (message.author.__typename === "Visitor") return;
    for (const listener of this.#replyListeners) listener(message, conversationId);
  }

  #updated(message: Message, conversationId: string): void {
    const { open } = this.#state;
    if (open?.id === conversationId && open.messages.some(({ id }) => id === message.id))
      this.#mergeOpen(conversationId, [message]);
  }

  #changed(conversation: Conversation): void {
    const known = this.#state.conversations.find(({ id }) => id === conversation.id);
    // Events of different subscriptions overtake each other: this one may be of an earlier moment.
    if (known !== undefined && known.lastActivityAt > conversation.lastActivityAt) return;
    this.#setConversations([...this.#state.conversations.filter(({ id }) => id !== conversation.id), conversation]);
  }

  #setConversations(conversations: readonly Conversation[]): void {
    this.#set(listed(conversations));
  }

  #typing({ author, conversation, endsAt }: TypingSubscription["typing"]): void {
    if (this.#state.open?.id !== conversation.id) return;
    this.#stopTyping();
    this.#setOpen(conversation.id, { typing: author.name ?? "" });
    // The clock of this device may be wrong by any time, and the event was on its way for a while.
    const leftMs = Math.min(Math.max(Date.parse(endsAt) - Date.now(), typingEveryMs), typingEndsAfterMs);
    this.#typingTimer = setTimeout(() => this.#stopTyping(), leftMs);
  }

  #stopTyping(): void {
    if (this.#typingTimer !== null) clearTimeout(this.#typingTimer);
    this.#typingTimer = null;
    const { open } = this.#state;
    if (open !== null && open.typing !== null) this.#set({ open: { ...open, typing: null } });
  }

  #leave(token: string): void {
    request({ ...this.#requestOptions(token), keepalive: true }, operations.leaveWebsite, {}).catch(
      (error: unknown) => {
        // The server notices a while later by itself.
        if (!(error instanceof ChatError)) throw error;
      },
    );
  }

  #mergeOpen(id: string, messages: readonly Message[], change: Partial<OpenConversation> = {}): void {
    const { open } = this.#state;
    if (open?.id === id) this.#set({ open: { ...open, ...change, messages: mergeMessages(open.messages, messages) } });
  }

  #setOpen(id: string, change: Partial<OpenConversation>): void {
    const { open } = this.#state;
    if (open?.id === id) this.#set({ open: { ...open, ...change } });
  }

  /** Listeners may call methods that change the state again: they are told once more then, and not within. */
  #set(change: Partial<ChatState>): void {
    this.#state = { ...this.#state, ...change };
    this.#hasChanged = true;
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      while (this.#hasChanged) {
        this.#hasChanged = false;
        for (const listener of this.#listeners) listener(this.#state);
      }
    } finally {
      this.#isTelling = false;
    }
  }
}

/** Newest activity first, with the sum of what is unread. */
function listed(conversations: readonly Conversation[]): Pick<ChatState, "conversations" | "unread"> {
  return {
    conversations: [...conversations].sort((one, other) => (one.lastActivityAt > other.lastActivityAt ? -1 : 1)),
    unread: conversations.reduce((sum, { unreadReplies }) => sum + unreadReplies, 0),
  };
}

/** Of a conversation that was begun before, nothing has been read yet. */
function emptyConversation(id: string | null): OpenConversation {
  return { id, messages: [], hasEarlier: false, isLoading: id !== null, typing: null };
}

async function readIdentity(identity: string | (() => Promise<string>)): Promise<string> {
  if (typeof identity === "string") return identity;
  try {
    return await identity();
  } catch (error) {
    throw new ChatError("UNREACHABLE", `The identity could not be read: ${String(error)}`);
  }
}

function ignoreEnded(error: unknown): void {
  if (!(error instanceof ChatError)) throw error;
}
