import type { Behaviour } from "afterchat/channel-contract";
import { z } from "zod";
import { FakeHttpServer, type HttpAnswer, type HttpRequest } from "./http-server.js";

export const token = "123456789:AAhunter2hunter2hunter2hunter2hunter2";
export const webhookSecret = "hunter2-hunter2-hunter2";

interface Sent {
  readonly method: string;
  readonly chatId: number;
  readonly text: string;
  readonly messageId: number;
}

const sending = z.object({
  chat_id: z.number(),
  text: z.string().optional(),
  photo: z.string().optional(),
  document: z.string().optional(),
});

/** What Telegram answers instead of taking a message, in its words. */
const refusals: Partial<Record<Behaviour, readonly [number, string, object?]>> = {
  "refuses-for-now": [500, "Internal Server Error"],
  "limits-rate": [429, "Too Many Requests: retry after 7", { retry_after: 7 }],
  "refuses-for-good": [400, "Bad Request: message can't be sent"],
  "refuses-address": [403, "Forbidden: bot was blocked by the user"],
};

/** The Bot API, as https://core.telegram.org/bots/api describes it: what bots send, and the updates that it posts. */
export class FakeTelegram {
  readonly sent: Sent[] = [];
  /** By the path that getFile gives. */
  readonly files = new Map<string, Uint8Array>();
  /** What setWebhook was told last. */
  webhook: { readonly url: string; readonly secret_token: string } | null = null;
  /** URLs that Telegram cannot fetch. */
  readonly unfetchable = new Set<string>();
  #behaviour: Behaviour = "accepts";
  #server: FakeHttpServer | null = null;
  #contentReceived = Promise.withResolvers<void>();
  #messages = 0;

  static async start(): Promise<FakeTelegram> {
    const telegram = new FakeTelegram();
    telegram.#server = await FakeHttpServer.start((request) => telegram.#answer(request));
    return telegram;
  }

  get environment() {
    return { TELEGRAM_API_URL: this.#server?.url ?? "" };
  }

  async behave(behaviour: Behaviour): Promise<void> {
    this.#behaviour = behaviour;
    if (behaviour === "unreachable") await this.stop();
  }

  /** Resolves once content has been received while the behaviour was `silent-after-content`. */
  contentReceived(): Promise<void> {
    return this.#contentReceived.promise;
  }

  textsTo(chatId: number): string[] {
    return this.sent.filter((one) => one.chatId === chatId).map(({ text }) => text);
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  #answer({ path, body }: HttpRequest): HttpAnswer {
    const [, given, method = ""] = /^(?:\/file)?\/bot([^/]+)\/(.+)$/.exec(path) ?? [];
    // Some servers repeat what they were given.
    if (given !== token || this.#behaviour === "refuses-credentials") return refuse(401, `Unauthorized: ${given}`);
    if (path.startsWith("/file/")) {
      const content = this.files.get(method);
      return content === undefined ? refuse(404, "Not Found") : { status: 200, body: content };
    }
    const parameters = JSON.parse(body || "{}");
    switch (method) {
      case "getMe":
        return accept({ id: 123456789, is_bot: true, first_name: "Harbour Bikes" });
      case "setWebhook":
        this.webhook = parameters;
        return accept(true);
      case "getFile": {
        const known = this.files.has(`files/${parameters.file_id}`);
        if (!known) return refuse(400, "Bad Request: wrong file_id or the file is temporarily unavailable");
        return accept({ file_id: parameters.file_id, file_path: `files/${parameters.file_id}` });
      }
      case "sendMessage":
      case "sendPhoto":
      case "sendDocument":
        return this.#take(method, sending.parse(parameters));
      default:
        return refuse(404, "Not Found: method not found");
    }
  }

  #take(method: string, { chat_id, text, photo, document }: z.infer<typeof sending>): HttpAnswer {
    const refusal = refusals[this.#behaviour];
    if (refusal !== undefined) return refuse(...refusal);
    if (this.#behaviour === "drops-after-content") return "drop";
    if (this.#behaviour === "silent-after-content") {
      this.#contentReceived.resolve();
      return "hang";
    }
    const content = text ?? photo ?? document ?? "";
    if (method === "sendMessage" && content.trim() === "") return refuse(400, "Bad Request: message text is empty");
    if (content.length > 4_096) return refuse(400, "Bad Request: message is too long");
    if (this.unfetchable.has(content)) return refuse(400, "Bad Request: failed to get HTTP URL content");
    this.#messages += 1;
    this.sent.push({ method, chatId: chat_id, text: content, messageId: this.#messages });
    return accept({ message_id: this.#messages, chat: { id: chat_id, type: "private" }, date: 0 });
  }
}

function accept(result: unknown): HttpAnswer {
  return { status: 200, body: JSON.stringify({ ok: true, result }) };
}

function refuse(status: number, description: string, parameters?: object): HttpAnswer {
  return { status, body: JSON.stringify({ ok: false, error_code: status, description, parameters }) };
}

/** An update as Telegram posts it, from somebody's private chat unless `message` says otherwise. */
export function telegramUpdate(
  url: string | URL,
  update: { readonly message?: object; readonly edited_message?: object; readonly update_id?: number },
  secret = webhookSecret,
): Request {
  const headers = { "content-type": "application/json", "x-telegram-bot-api-secret-token": secret };
  return new Request(url, { method: "POST", headers, body: JSON.stringify({ update_id: 1, ...update }) });
}

/** Somebody's words, as they stand in an update. */
export function telegramMessage(chatId: number, messageId: number, at: Date, more: object): object {
  return {
    message_id: messageId,
    date: Math.floor(at.getTime() / 1000),
    chat: { id: chatId, type: "private" },
    from: { id: chatId, is_bot: false, first_name: "Ana", last_name: "Silva", language_code: "pt" },
    ...more,
  };
}
