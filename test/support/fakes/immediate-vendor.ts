import { fileURLToPath } from "node:url";
import type { z } from "zod";
import type { DeliveryResult, FailureCode } from "../../../src/channels/channel.js";
import { FakeHttpServer, type HttpAnswer, type HttpRequest } from "./http-server.js";
import { sendRequest } from "./immediate-channel.js";

export type SendRequest = z.infer<typeof sendRequest>;
type Answer = DeliveryResult | "hang";

/** The vendor behind the fake immediate channel: keeps what it is asked to send and answers as it is told. */
export class FakeImmediateVendor {
  /** Every request, in order, whatever was answered. */
  readonly requests: SendRequest[] = [];
  #server: FakeHttpServer | null = null;
  #answer: (request: SendRequest) => Answer = accept;
  #credentials: "good" | "refused" = "good";
  #held: (() => void)[] = [];
  #hung = Promise.withResolvers<void>();
  #events = 0;

  static async start(): Promise<FakeImmediateVendor> {
    const vendor = new FakeImmediateVendor();
    vendor.#server = await FakeHttpServer.start((request) => vendor.#reply(request));
    return vendor;
  }

  /** The settings that put the channel behind email. */
  get environment() {
    return {
      CHANNELS: `email,${fileURLToPath(new URL("immediate-channel.js", import.meta.url))}`,
      INSTANT_URL: this.#server?.url ?? "",
    };
  }

  /** From now on requests are answered so; without an argument accepted. */
  behave(answer: (request: SendRequest) => Answer = accept): void {
    this.#answer = answer;
  }

  /** What the health check finds. */
  checkCredentials(credentials: "good" | "refused"): void {
    this.#credentials = credentials;
  }

  /** Resolves when a request waits for its answer. */
  hanging(): Promise<void> {
    return this.#hung.promise;
  }

  /** Answers those who hang, as it would now. */
  release(): void {
    this.#hung = Promise.withResolvers();
    for (const answer of this.#held.splice(0)) answer();
  }

  textsTo(user: string): string[] {
    return this.requests.filter((request) => request.to === user).map((request) => request.text);
  }

  /** A user writes: the vendor calls the webhook. Resolves with the HTTP status. */
  async say(program: { readonly url: string }, from: string, text: string, id = this.#nextId()): Promise<number> {
    return this.#call(program, { type: "message", id, from, text, name: from });
  }

  /** The vendor reports that a message was read, or arrived. */
  async report(program: { readonly url: string }, type: "read" | "delivered", reference: string): Promise<number> {
    return this.#call(program, { type, id: this.#nextId(), messageId: messageIdOf(reference) });
  }

  async stop(): Promise<void> {
    this.release();
    await this.#server?.stop();
  }

  async #call(program: { readonly url: string }, body: object): Promise<number> {
    const response = await fetch(`${program.url}/webhooks/instant`, { method: "POST", body: JSON.stringify(body) });
    return response.status;
  }

  async #reply({ path, body }: HttpRequest): Promise<HttpAnswer> {
    if (path === "/health") return { status: this.#credentials === "good" ? 200 : 401 };
    const request = sendRequest.parse(JSON.parse(body));
    this.requests.push(request);
    for (;;) {
      const answer = this.#answer(request);
      if (answer !== "hang") return { status: 200, body: JSON.stringify(answer) };
      const released = new Promise<void>((resolve) => this.#held.push(resolve));
      this.#hung.resolve();
      await released;
    }
  }

  #nextId(): string {
    this.#events += 1;
    return `event-${this.#events}`;
  }
}

function accept({ reference }: SendRequest): DeliveryResult {
  return { outcome: "accepted", externalIds: [messageIdOf(reference)] };
}

function messageIdOf(reference: string): string {
  return `m-${reference}`;
}

/** An answer that is no acceptance. */
export function failWith<Outcome extends "retry" | "rejected" | "uncertain">(outcome: Outcome, code: FailureCode) {
  return { outcome, failure: { code, detail: `The vendor says ${code}` } };
}
