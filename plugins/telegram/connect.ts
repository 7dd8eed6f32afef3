import {
  type ChannelConnection,
  type ChannelHealth,
  type ChannelHost,
  type PartResult,
  sendParts,
} from "afterchat/channel";
import { z } from "zod";
import { type BotAnswer, type BotApi, botApi } from "./bot-api.js";
import { messageName } from "./message-name.js";
import { planParts, type TelegramPart } from "./plan-parts.js";
import type { TelegramConfig } from "./settings.js";
import { takeUpdate } from "./take-update.js";

const sentMessage = z.object({ message_id: z.number() });

export async function connect(config: TelegramConfig, host: ChannelHost): Promise<ChannelConnection<string>> {
  const api = botApi(config);
  const webhookUrl = new URL("webhooks/telegram", host.publicUrl.href.replace(/\/?$/, "/"));
  let registered = false;

  /** Telegram posts to https only; asked again by every process, it is told the same. */
  async function register(signal: AbortSignal): Promise<BotAnswer | null> {
    if (registered || webhookUrl.protocol !== "https:") return null;
    const answer = await api.call(
      "setWebhook",
      {
        url: webhookUrl.href,
        secret_token: config.webhookSecret,
        allowed_updates: ["message", "edited_message"],
      },
      signal,
    );
    registered = answer.outcome === "done";
    return registered ? null : answer;
  }

  return {
    deliver: (outbound, signal) =>
      sendParts(outbound, planParts(outbound), signal, (part) => send(api, outbound.address, part, signal)),
    handleWebhook: (request) => takeUpdate({ api, host, secret: config.webhookSecret }, request),
    async checkHealth(signal): Promise<ChannelHealth> {
      for (const answer of [await api.call("getMe", {}, signal), await register(signal)]) {
        if (answer !== null && answer.outcome !== "done") return { ok: false, failure: answer.failure };
      }
      return { ok: true };
    },
    close: async () => {},
    startNotes:
      webhookUrl.protocol === "https:" ? [] : ["what visitors write comes only to a PUBLIC_URL that begins with https"],
  };
}

async function send(api: BotApi, address: string, part: TelegramPart, signal: AbortSignal): Promise<PartResult> {
  const chat = { chat_id: Number(address) };
  if (part.method === "sendMessage") {
    return accepted(address, await api.call("sendMessage", { ...chat, text: part.text }, signal));
  }
  const file = part.method === "sendPhoto" ? { photo: part.url } : { document: part.url };
  const result = accepted(address, await api.call(part.method, { ...chat, ...file }, signal));
  // Telegram could not fetch it, or takes it for something else: the link does it as well.
  if (result.outcome !== "rejected" || result.failure.code !== "CONTENT_REJECTED" || signal.aborted) return result;
  return accepted(address, await api.call("sendMessage", { ...chat, text: part.fallback }, signal));
}

function accepted(address: string, answer: BotAnswer): PartResult {
  if (answer.outcome !== "done") return answer;
  const message = sentMessage.safeParse(answer.result);
  // It was taken, whatever else Telegram said of it.
  const id = message.success ? message.data.message_id : "unknown";
  return { outcome: "accepted", externalId: messageName(address, id) };
}
