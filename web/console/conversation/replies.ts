import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { OutgoingMessage, Upload } from "../../client/chat-state.js";
import { Outbox } from "../../client/outbox.js";
import { randomId } from "../../client/random-id.js";
import { ChatError } from "../../client/request.js";
import { Sender } from "../../client/sender.js";
import { Uploads } from "../../client/uploads.js";
import type { Api } from "../api/api.js";
import type { ConsoleSendMessageMutation } from "../api/operations.generated.js";
import { closeConversation, sendMessage } from "../api/operations.js";

type Sent = ConsoleSendMessageMutation["sendMessage"];

/** What is done once a reply is there. */
export type Afterwards = "nothing" | "email" | "close";

export interface RepliesParts {
  readonly api: Api;
  readonly storage: Storage;
  /** The agent's id: another one on this device has drafts and replies of their own. */
  readonly viewer: string;
  readonly sent: (message: Sent) => void;
  /** What was to be done with a reply that is there did not work. */
  readonly failed: (error: ChatError) => void;
  readonly sessionEnded: () => void;
}

interface ConversationUploads {
  readonly uploads: Uploads;
  readonly shown: ReadonlySignal<readonly Upload[]>;
}

/** Of the newest drafts: nobody comes back to more. */
const maxDrafts = 100;

/**
 * What agents write: drafts, files on their way, and replies until the server has acknowledged them. Drafts and replies survive a reload,
 * a cut and the end of the session; each reply is stored once, however often it is sent.
 */
export class Replies {
  readonly #parts: RepliesParts;
  readonly #draftsKey: string;
  readonly #outgoing = signal<readonly OutgoingMessage[]>([]);
  readonly #drafts: Signal<Readonly<Record<string, string>>>;
  readonly #uploads = new Map<string, ConversationUploads>();
  readonly #afterwards = new Map<string, Afterwards>();
  readonly #outbox: Outbox;
  readonly #sender: Sender<Sent>;
  readonly outgoing: ReadonlySignal<readonly OutgoingMessage[]> = this.#outgoing;

  constructor(parts: RepliesParts) {
    this.#parts = parts;
    this.#draftsKey = `afterchat.console.${parts.viewer}.drafts`;
    this.#drafts = signal(readDrafts(parts.storage, this.#draftsKey));
    this.#outbox = new Outbox(parts.storage, `afterchat.console.${parts.viewer}.outbox`, (messages) => {
      this.#outgoing.value = messages;
    });
    this.#sender = new Sender(this.#outbox, {
      send: async ({ clientMessageId, conversationId, text, attachments }) => {
        const attachmentIds = attachments.map(({ id }) => id);
        const isEmailed = this.#afterwards.get(clientMessageId) === "email";
        const input = { clientMessageId, conversationId, text, attachmentIds, ...(isEmailed && { forwardNow: true }) };
        return (await parts.api.change(sendMessage, { input })).sendMessage;
      },
      sent: (message) => this.#sent(message),
    });
    parts.api.on("connected", () => this.#sender.work());
    void this.#outbox.load().then(() => this.#sender.work());
  }

  draftOf(conversationId: string): string {
    return this.#drafts.value[conversationId] ?? "";
  }

  setDraft(conversationId: string, text: string): void {
    const { [conversationId]: _before, ...others } = this.#drafts.value;
    const drafts = text === "" ? others : { ...others, [conversationId]: text };
    this.#drafts.value = Object.fromEntries(Object.entries(drafts).slice(-maxDrafts));
    try {
      this.#parts.storage.setItem(this.#draftsKey, JSON.stringify(this.#drafts.value));
    } catch {
      // Full, or not allowed: it is kept as long as the page is.
    }
  }

  uploadsOf(conversationId: string): readonly Upload[] {
    return this.#uploadsOf(conversationId).shown.value;
  }

  attach(conversationId: string, files: Iterable<File>): void {
    for (const file of files) this.#uploadsOf(conversationId).uploads.add(file);
  }

  detach(conversationId: string, uploadId: string): void {
    this.#uploadsOf(conversationId).uploads.remove(uploadId);
  }

  /** Sends the draft of a conversation with its files. */
  send(conversationId: string, afterwards: Afterwards = "nothing"): void {
    const text = this.draftOf(conversationId);
    const attachments = this.#uploadsOf(conversationId).uploads.take();
    if (text.trim() === "" && attachments.length === 0) return;
    this.setDraft(conversationId, "");
    const clientMessageId = randomId();
    this.#afterwards.set(clientMessageId, afterwards);
    const writtenAt = new Date().toISOString();
    this.#outbox.add({
      ...{ clientMessageId, conversationId, text, attachments, writtenAt },
      status: "waiting",
      problem: null,
    });
    this.#sender.work();
  }

  /** Takes back one that was refused, to be changed. */
  edit(clientMessageId: string): void {
    const found = this.#outbox.find(clientMessageId);
    if (found?.conversationId == null) return;
    const draft = this.draftOf(found.conversationId);
    this.setDraft(found.conversationId, draft === "" ? found.text : `${found.text}\n${draft}`);
    this.#outbox.remove(clientMessageId);
  }

  discard(clientMessageId: string): void {
    this.#outbox.remove(clientMessageId);
  }

  stop(): void {
    this.#sender.stop();
    for (const { uploads } of this.#uploads.values()) uploads.stop();
  }

  #sent(message: Sent): void {
    const afterwards = this.#afterwards.get(message.clientMessageId ?? "") ?? "nothing";
    this.#afterwards.delete(message.clientMessageId ?? "");
    this.#parts.sent(message);
    if (afterwards !== "close") return;
    this.#parts.api.change(closeConversation, { id: message.conversation.id }).catch((error: unknown) => {
      if (!(error instanceof ChatError)) throw error;
      this.#parts.failed(error);
    });
  }

  #uploadsOf(conversationId: string): ConversationUploads {
    const known = this.#uploads.get(conversationId);
    if (known !== undefined) return known;
    const shown = signal<readonly Upload[]>([]);
    const uploads = new Uploads({
      url: "/attachments",
      fetch: (...request) => fetch(...request),
      token: () => Promise.resolve(this.#parts.api.token),
      sessionEnded: this.#parts.sessionEnded,
      changed: (all) => {
        shown.value = all;
      },
    });
    const entry = { uploads, shown };
    this.#uploads.set(conversationId, entry);
    return entry;
  }
}

function readDrafts(storage: Storage, key: string): Readonly<Record<string, string>> {
  try {
    const kept: unknown = JSON.parse(storage.getItem(key) ?? "{}");
    if (typeof kept !== "object" || kept === null) return {};
    return Object.fromEntries(Object.entries(kept).filter(([, text]) => typeof text === "string"));
  } catch {
    // Not readable, or not allowed: as if there were none.
    return {};
  }
}
