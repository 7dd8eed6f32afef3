import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { AccountKind } from "./token-book.js";
import { postWebhook } from "./webhook-post.js";

/** A webhook that is refused comes again: in life for 36 hours. */
const maxRepeats = 240;
const repeatAfterMs = 500;

/** Posts webhooks to whoever listens. */
export class WebhookSender {
  /** What they were answered with; 0: nobody answered. */
  readonly statuses: number[] = [];
  /** `again`: one that is not answered with 200 is posted again, for two minutes. */
  refused: "left" | "again" = "left";
  readonly #urls = new Map<AccountKind, string>();
  readonly #posting = new Set<Promise<number>>();
  readonly #stop = new AbortController();

  constructor(
    private readonly appSecret: string,
    private readonly verifyToken: string,
  ) {}

  listenAt(kind: AccountKind, url: string): void {
    this.#urls.set(kind, url);
  }

  /** What Meta does when a webhook is set up. @throws when it is not answered with the challenge */
  async shakeHands(kind: AccountKind): Promise<void> {
    const challenge = randomBytes(8).toString("hex");
    const url = new URL(this.#urlOf(kind));
    const query = { "hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": this.verifyToken };
    url.search = new URLSearchParams(query).toString();
    const response = await fetch(url);
    const answer = await response.text();
    if (response.status !== 200 || answer !== challenge) throw new Error(`The handshake failed: ${response.status}`);
  }

  /** Posts a body as it is, signed. Resolves with the last status. */
  async post(kind: AccountKind, body: Buffer): Promise<number> {
    const posting = this.#postUntilTaken(this.#urlOf(kind), body);
    this.#posting.add(posting);
    return posting.finally(() => this.#posting.delete(posting));
  }

  /** Resolves when nothing is under way. */
  async quiet(): Promise<void> {
    while (this.#posting.size > 0) await Promise.allSettled(this.#posting);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.quiet();
  }

  async #postUntilTaken(url: string, body: Buffer): Promise<number> {
    for (let repeats = 0; ; repeats += 1) {
      const status = await postWebhook(url, this.appSecret, body);
      this.statuses.push(status);
      if (status === 200 || this.refused === "left" || repeats === maxRepeats || this.#stop.signal.aborted)
        return status;
      await wait(repeatAfterMs, undefined, { signal: this.#stop.signal }).catch(() => {}); // stopped: one last try
    }
  }

  #urlOf(kind: AccountKind): string {
    const url = this.#urls.get(kind);
    if (url === undefined) throw new Error("Nobody listens for webhooks: call listenAt first");
    return url;
  }
}
