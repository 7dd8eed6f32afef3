import { randomUUID } from "node:crypto";
import { isSignedWebhook, signWebhook } from "afterchat/channel";
import type { Behaviour } from "afterchat/channel-contract";
import { FakeHttpServer, type HttpAnswer, type HttpRequest } from "./http-server.js";
import { webhookSecretOf } from "./webhook-secret.js";

export const webhookSecret = webhookSecretOf("hunter2-hunter2-hunter2-hunter2");

interface Posted {
  readonly to: string;
  readonly text: string;
  readonly webhookId: string;
  readonly body: {
    readonly reference: string;
    readonly attempt: number;
    readonly messages: readonly { readonly text: string }[];
  };
}

const refusals: Partial<Record<Behaviour, HttpAnswer>> = {
  "refuses-for-now": { status: 503, headers: { "retry-after": "30" }, body: "later" },
  "limits-rate": { status: 429, headers: { "retry-after": "30" } },
  "refuses-credentials": { status: 401, body: `not ${webhookSecret}` },
  "refuses-for-good": { status: 422, body: '{"detail":"no pictures"}' },
  "refuses-address": { status: 422, body: '{"code":"ADDRESS_INVALID","detail":"nobody has this number"}' },
  "drops-after-content": "drop",
};

/** A tool of the operator's that takes deliveries and brings what people write, as README.md says. */
export class FakeWebhookReceiver {
  readonly posted: Posted[] = [];
  /** The time by which signatures are judged. */
  now = new Date();
  #behaviour: Behaviour = "accepts";
  #contentReceived = Promise.withResolvers<void>();
  #server: FakeHttpServer | null = null;

  static async start(): Promise<FakeWebhookReceiver> {
    const receiver = new FakeWebhookReceiver();
    receiver.#server = await FakeHttpServer.start((request) => receiver.#answer(request));
    return receiver;
  }

  get environment() {
    return { WEBHOOK_URL: `${this.#server?.url ?? ""}/replies`, WEBHOOK_SECRET: webhookSecret };
  }

  async behave(behaviour: Behaviour): Promise<void> {
    this.#behaviour = behaviour;
    if (behaviour === "unreachable") await this.stop();
  }

  contentReceived(): Promise<void> {
    return this.#contentReceived.promise;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  #answer({ method, path, headers, body }: HttpRequest): HttpAnswer {
    if (method !== "POST" || path !== "/replies") return { status: 404 };
    const given = new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    if (!isSignedWebhook(webhookSecret, given, body, this.now)) return { status: 403 };
    const refusal = refusals[this.#behaviour];
    if (refusal !== undefined) return refusal;
    if (this.#behaviour === "silent-after-content") {
      this.#contentReceived.resolve();
      return "hang";
    }
    const delivery = JSON.parse(body);
    const texts = delivery.messages.map((message: { readonly text: string }) => message.text);
    const webhookId = String(headers["webhook-id"]);
    this.posted.push({ to: delivery.to, text: texts.join("\n"), webhookId, body: delivery });
    return { status: 202 };
  }
}

/** An event as a tool posts it to `/webhooks/webhook`. */
export function webhookEvent(url: string | URL, event: object, now: Date, secret = webhookSecret): Request {
  const body = JSON.stringify(event);
  const headers = { "content-type": "application/json", ...signWebhook(secret, randomUUID(), body, now) };
  return new Request(url, { method: "POST", headers, body });
}
