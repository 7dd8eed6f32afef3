import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import type { DeliveryResult, FailureCode } from "../../../src/channels/channel.js";
import { instantRequest } from "./immediate-channel.js";

export type InstantRequest = z.infer<typeof instantRequest>;
type Answer = DeliveryResult | "hang";

/** The vendor behind the test's IMMEDIATE channel: keeps what it is asked to send and answers as it is told. */
export class InstantVendor {
  /** Every request, in order, whatever was answered. */
  readonly requests: InstantRequest[] = [];
  readonly #server: Server;
  #answer: (request: InstantRequest) => Answer = accept;
  #credentials: "good" | "refused" = "good";
  #held: (() => void)[] = [];
  #hung = Promise.withResolvers<void>();
  #events = 0;

  private constructor() {
    this.#server = createServer((request, response) => void this.#reply(request, response));
  }

  static async start(): Promise<InstantVendor> {
    const vendor = new InstantVendor();
    vendor.#server.listen(0, "127.0.0.1");
    await once(vendor.#server, "listening");
    return vendor;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The settings that put the channel behind email. */
  get environment() {
    return {
      CHANNELS: `email,${fileURLToPath(new URL("immediate-channel.js", import.meta.url))}`,
      INSTANT_URL: this.url,
    };
  }

  /** From now on requests are answered so; without an argument accepted. */
  behave(answer: (request: InstantRequest) => Answer = accept): void {
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
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #call(program: { readonly url: string }, body: object): Promise<number> {
    const response = await fetch(`${program.url}/webhooks/instant`, { method: "POST", body: JSON.stringify(body) });
    return response.status;
  }

  async #reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === "/health") {
      response.writeHead(this.#credentials === "good" ? 200 : 401).end();
      return;
    }
    const wanted = instantRequest.parse(JSON.parse(await readText(request)));
    this.requests.push(wanted);
    const answer = (): void => {
      const given = this.#answer(wanted);
      if (given === "hang") {
        this.#held.push(answer);
        this.#hung.resolve();
      } else response.end(JSON.stringify(given));
    };
    answer();
  }

  #nextId(): string {
    this.#events += 1;
    return `event-${this.#events}`;
  }
}

function accept({ reference }: InstantRequest): DeliveryResult {
  return { outcome: "accepted", externalIds: [messageIdOf(reference)] };
}

function messageIdOf(reference: string): string {
  return `m-${reference}`;
}

/** An answer that is no acceptance. */
export function failWith(outcome: "retry" | "rejected" | "uncertain", code: FailureCode): DeliveryResult {
  return { outcome, failure: { code, detail: `The vendor says ${code}` } };
}
