import type { ChatProblem, OutgoingMessage } from "./chat-state.js";
import type { ChatStorage } from "./chat-storage.js";

/** A message as it is kept: what has not been acknowledged is waiting after a restart. */
type Kept = Omit<OutgoingMessage, "status"> & { readonly status: OutgoingMessage["status"] };

/** A message of another year was forgotten by its author too. */
const keptForMs = 30 * 86_400_000;
const maxKept = 200;

/**
 * Messages that were written and not acknowledged yet. They are kept in the storage, which all pages of a website share: each page
 * changes only its own messages there, and the server stores a message once however often it is sent.
 */
export class Outbox {
  readonly #storage: ChatStorage;
  readonly #key: string;
  readonly #changed: (messages: readonly OutgoingMessage[]) => void;
  #messages: readonly OutgoingMessage[] = [];
  /** Writes happen one after the other. */
  #written: Promise<void> = Promise.resolve();

  constructor(storage: ChatStorage, key: string, changed: (messages: readonly OutgoingMessage[]) => void) {
    this.#storage = storage;
    this.#key = key;
    this.#changed = changed;
  }

  get messages(): readonly OutgoingMessage[] {
    return this.#messages;
  }

  /** The first that may be sent. Those behind one that needs the contact form wait too, to stay in order. */
  get next(): OutgoingMessage | null {
    const first = this.#messages.find(({ status }) => status !== "refused");
    return first === undefined || first.status === "contact-form" ? null : first;
  }

  find(id: string): OutgoingMessage | undefined {
    return this.#messages.find(({ clientMessageId }) => clientMessageId === id);
  }

  /** Adds what earlier pages have left. */
  async load(): Promise<void> {
    const kept = await this.#read();
    const known = new Set(this.#messages.map(({ clientMessageId }) => clientMessageId));
    const left = kept.filter(({ clientMessageId }) => !known.has(clientMessageId));
    if (left.length > 0) this.#set([...left.map(waiting), ...this.#messages]);
  }

  add(message: OutgoingMessage): void {
    this.#set([...this.#messages, message]);
    this.#write((kept) => [...kept, message]);
  }

  update(id: string, change: Partial<OutgoingMessage>): void {
    const apply = <Any extends Kept>(message: Any) =>
      message.clientMessageId === id ? { ...message, ...change } : message;
    this.#set(this.#messages.map(apply));
    // How far sending has come is not kept.
    if (change.status !== "sending" && change.status !== "waiting") this.#write((kept) => kept.map(apply));
  }

  refuse(id: string, { code, message, field }: ChatProblem): void {
    this.update(id, { status: "refused", problem: { code, message, field } });
  }

  /** The contact form was submitted. */
  releaseAll(): void {
    this.#set(this.#messages.map((message) => (message.status === "contact-form" ? waiting(message) : message)));
  }

  /** Another visitor's conversations cannot be written to: their messages go to a new one. */
  forgetConversations(): void {
    const forget = <Any extends Kept>(message: Any) => ({ ...message, conversationId: null });
    this.#set(this.#messages.map(forget));
    this.#write((kept) => kept.map(forget));
  }

  remove(id: string): void {
    if (this.find(id) === undefined) return;
    const others = ({ clientMessageId }: Kept) => clientMessageId !== id;
    this.#set(this.#messages.filter(others));
    this.#write((kept) => kept.filter(others));
  }

  #set(messages: readonly OutgoingMessage[]): void {
    this.#messages = messages;
    this.#changed(messages);
  }

  /** Reads again before it writes: another page may have changed it. */
  #write(change: (kept: readonly Kept[]) => readonly Kept[]): void {
    this.#written = this.#written.then(async () => {
      const kept = change(await this.#read()).slice(-maxKept);
      if (kept.length === 0) await this.#storage.removeItem(this.#key);
      else await this.#storage.setItem(this.#key, JSON.stringify(kept));
    });
  }

  async #read(): Promise<readonly Kept[]> {
    const text = await this.#storage.getItem(this.#key);
    if (text === null) return [];
    try {
      const kept: unknown = JSON.parse(text);
      return Array.isArray(kept) ? kept.filter(isKept) : [];
    } catch {
      // Written by something else, or cut off: nothing can be read from it.
      return [];
    }
  }
}

function waiting(message: Kept): OutgoingMessage {
  return message.status === "refused" ? message : { ...message, status: "waiting" };
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== "object" || value === null) return false;
  const { clientMessageId, text, writtenAt, attachments } = value as Partial<Kept>;
  if (typeof clientMessageId !== "string" || typeof text !== "string" || !Array.isArray(attachments)) return false;
  return Date.now() - Date.parse(writtenAt ?? "") < keptForMs;
}
