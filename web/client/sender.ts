import { backoff } from "./backoff.js";
import type { OutgoingMessage } from "./chat-state.js";
import type { Outbox } from "./outbox.js";
import { ChatError } from "./request.js";

export interface SenderParts<Sent> {
  readonly send: (message: OutgoingMessage) => Promise<Sent>;
  /** It was acknowledged. */
  readonly sent: (sent: Sent) => void;
}

/** Sends what is in the outbox, one after the other and each until it is acknowledged. */
export class Sender<Sent> {
  readonly #outbox: Outbox;
  readonly #parts: SenderParts<Sent>;
  #isWorking = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(outbox: Outbox, parts: SenderParts<Sent>) {
    this.#outbox = outbox;
    this.#parts = parts;
  }

  /** Begins, or tries again at once. */
  work(): void {
    this.stop();
    if (!this.#isWorking) void this.#sendAll();
  }

  /** Makes no further attempts. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #sendAll(): Promise<void> {
    this.#isWorking = true;
    try {
      for (let next = this.#outbox.next; next !== null; next = this.#outbox.next) {
        const waitMs = await this.#sendOne(next);
        if (waitMs === null) continue;
        this.#timer = setTimeout(() => this.work(), waitMs);
        return;
      }
    } finally {
      this.#isWorking = false;
    }
  }

  /** How long to wait before it is tried again; null if the next may be sent. */
  async #sendOne(outgoing: OutgoingMessage): Promise<number | null> {
    const { clientMessageId } = outgoing;
    this.#outbox.update(clientMessageId, { status: "sending" });
    try {
      const sent = await this.#parts.send(outgoing);
      this.#failures = 0;
      this.#parts.sent(sent);
      this.#outbox.remove(clientMessageId);
      return null;
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      if (error.isTemporary || error.code === "UNAUTHENTICATED") {
        this.#failures += 1;
        this.#outbox.update(clientMessageId, { status: "waiting" });
        return error.retryAfterSeconds === null ? backoff(this.#failures) : error.retryAfterSeconds * 1_000;
      }
      if (error.code === "CONTACT_FORM_REQUIRED") this.#outbox.update(clientMessageId, { status: "contact-form" });
      else this.#outbox.refuse(clientMessageId, error);
      return null;
    }
  }
}
