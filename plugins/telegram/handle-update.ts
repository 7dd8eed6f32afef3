import { type ChannelHost, type InboundAttachment, type InboundEvent, isSameSecret } from "afterchat/channel";
import { z } from "zod";
import { type BotApi, maxFileBytes } from "./bot-api.js";
import { externalIdOf } from "./external-id.js";
import { fileOf, type TelegramFile, type TelegramMessage, textOf, update } from "./update.js";

export interface UpdateContext {
  readonly api: BotApi;
  readonly host: ChannelHost;
  readonly secret: string;
}

const fileTimeoutMs = 15_000;
/** How long after a message Telegram is asked to resend its update when its file cannot be fetched. */
const fileRetryWindowMs = 10 * 60_000;

/**
 * Handles `POST /webhooks/telegram`. 204: stored, or irrelevant to a conversation; 400: malformed; 403: not from
 * Telegram; 503: Telegram should send it again.
 */
export async function handleUpdate(context: UpdateContext, request: Request): Promise<Response> {
  const { host, secret } = context;
  if (!isSameSecret(request.headers.get("x-telegram-bot-api-secret-token") ?? "", secret)) {
    return new Response("X-Telegram-Bot-Api-Secret-Token is missing or wrong", { status: 403 });
  }
  const parsed = update.safeParse(await request.json().catch(() => null));
  if (!parsed.success) return new Response("The body is not a Telegram update", { status: 400 });
  const message = parsed.data.message ?? parsed.data.edited_message;
  const ignored = message === undefined ? "no message" : reasonToIgnore(message);
  if (message === undefined || ignored !== null) {
    host.logger.debug("A Telegram update was ignored", { reason: ignored });
    return new Response(null, { status: 204 });
  }
  try {
    await host.receive([await toEvent(context, message)]);
    return new Response(null, { status: 204 });
  } catch (error) {
    host.logger.warn("A message could not be received: Telegram was asked to send it again", { error: nameOf(error) });
    return new Response("The message could not be received: send it again", { status: 503 });
  }
}

/** Groups and bots are not visitors, and pressing Start is not a message. Null if the message is relevant. */
function reasonToIgnore({ chat, from, text }: TelegramMessage): string | null {
  if (chat.type !== "private") return `a chat of type ${chat.type}`;
  if (from?.is_bot) return "a bot";
  return text?.trim() === "/start" ? "/start" : null;
}

async function toEvent(context: UpdateContext, message: TelegramMessage): Promise<InboundEvent> {
  const { chat, from, message_id, date, edit_date, reply_to_message } = message;
  const name = [from?.first_name, from?.last_name].filter(Boolean).join(" ");
  const common = { address: String(chat.id), ...(name && { name }) };
  const messageId = externalIdOf(chat.id, message_id);
  if (edit_date !== undefined) {
    const edited = { type: "edited", messageId, text: textOf(message) } as const;
    return { ...edited, externalId: `${messageId}/${edit_date}`, at: new Date(edit_date * 1000) };
  }
  const { attachments, notes } = await fetchFile(context, message);
  return {
    type: "message",
    externalId: messageId,
    at: new Date(date * 1000),
    ...common,
    ...(from?.language_code && { locale: from.language_code }),
    text: [textOf(message), ...notes].filter((part) => part !== "").join("\n\n"),
    ...(reply_to_message && { answers: [{ externalId: externalIdOf(chat.id, reply_to_message.message_id) }] }),
    attachments,
  };
}

/**
 * The message's file, or a note that says why it is missing.
 * @throws {Error} while fetching it may still succeed if Telegram sends the update again
 */
async function fetchFile(
  { api, host }: UpdateContext,
  message: TelegramMessage,
): Promise<{ readonly attachments: readonly InboundAttachment[]; readonly notes: readonly string[] }> {
  const file = fileOf(message);
  if (file === null) return { attachments: [], notes: [] };
  const missing = (why: string) => ({ attachments: [], notes: [`[File not saved: ${file.name}, because ${why}.]`] });
  if ((file.sizeBytes ?? 0) > maxFileBytes) return missing("it is larger than 20 MB");
  try {
    const content = await download(api, file);
    if (content === null) return missing("Telegram does not provide it");
    return { attachments: [{ name: file.name, contentType: file.contentType, content }], notes: [] };
  } catch (error) {
    if (host.now().getTime() - message.date * 1000 < fileRetryWindowMs) throw error;
    return missing("Telegram did not provide it");
  }
}

/** Null if Telegram will never provide it. */
async function download(api: BotApi, { fileId }: TelegramFile): Promise<Uint8Array | null> {
  const signal = AbortSignal.timeout(fileTimeoutMs);
  const result = await api.call("getFile", { file_id: fileId }, signal);
  if (result.outcome === "rejected") return null;
  if (result.outcome !== "done") throw new Error(`getFile: ${result.failure.code}`);
  return api.download(foundFile.parse(result.result).file_path, signal);
}

const foundFile = z.object({ file_path: z.string() });

/** Not the message: that of a failed download may contain the URL with the token. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
