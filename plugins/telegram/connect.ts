import {
  type ChannelConnection,
  type ChannelHealth,
  type ChannelHost,
  type PartResult,
  sendParts,
} from "afterchat/channel";
import { z } from "zod";
import { type BotApi, type BotResult, botApi } from "./bot-api.js";
import { externalIdOf } from "./external-id.js";
import { handleUpdate } from "./handle-update.js";
import { planParts, type TelegramPart } from "./plan-parts.js";
import type { TelegramConfig } from "./settings.js";

const sentMessage = z.object({ message_id: z.number() });

export async function connect(config: TelegramConfig, host: ChannelHost): Promise<ChannelConnection<string>> {
  const api = botApi(config);
  const webhookUrl = new URL("webhooks/telegram", host.publicUrl.href.replace(/\/?$/, "/"));
  let registered = false;

  /** Registers the webhook. Telegram requires https; every process registers the same webhook, which is harmless. */
  async function register(signal: AbortSignal): Promise<BotResult | null> {
    if (registered || webhookUrl.protocol !== "https:") return null;
    const result = await api.call(
      "setWebhook",
      {
        url: webhookUrl.href,
        secret_token: config.webhookSecret,
        allowed_updates: ["message", "edited_message"],
      },
      signal,
    );
    registered = result.outcome === "done";
    return registered ? null : result;
  }

  return {
    deliver: (outbound, signal) =>
      sendParts(outbound, planParts(outbound), signal, (part) => send(api, outbound.address, part, signal)),
    handleWebhook: (request) => handleUpdate({ api, host, secret: config.webhookSecret }, request),
    async checkHealth(signal): Promise<ChannelHealth> {
      for (const result of [await api.call("getMe", {}, signal), await register(signal)]) {
        if (result !== null && result.outcome !== "done") return { ok: false, failure: result.failure };
      }
      return { ok: true };
    },
    close: async () => {},
    startNotes:
      webhookUrl.protocol === "https:" ? [] : ["receives no messages, since PUBLIC_URL does not begin with https://"],
  };
}

async function send(api: BotApi, address: string, part: TelegramPart, signal: AbortSignal): Promise<PartResult> {
  const chat = { chat_id: Number(address) };
  if (part.method === "sendMessage") {
    return toPartResult(address, await api.call("sendMessage", { ...chat, text: part.text }, signal));
  }
  const file = part.method === "sendPhoto" ? { photo: part.url } : { document: part.url };
  const result = toPartResult(address, await api.call(part.method, { ...chat, ...file }, signal));
  // Telegram could not fetch the file or does not accept its type: send the link instead.
  if (result.outcome !== "rejected" || result.failure.code !== "CONTENT_REJECTED" || signal.aborted) return result;
  return toPartResult(address, await api.call("sendMessage", { ...chat, text: part.fallback }, signal));
}

function toPartResult(address: string, result: BotResult): PartResult {
  if (result.outcome !== "done") return result;
  const message = sentMessage.safeParse(result.result);
  // Telegram accepted it, even if the result cannot be parsed.
  const id = message.success ? message.data.message_id : "unknown";
  return { outcome: "accepted", externalId: externalIdOf(address, id) };
}
