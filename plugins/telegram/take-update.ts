import { type ChannelHost, type InboundAttachment, type InboundEvent, isSameSecret } from "afterchat/channel";
import { z } from "zod";
import { type BotApi, maxFileBytes } from "./bot-api.js";
import { messageName } from "./message-name.js";
import { fileOf, type TelegramFile, type TelegramMessage, textOf, update } from "./read-update.js";

export interface Taking {
  readonly api: BotApi;
  readonly host: ChannelHost;
  readonly secret: string;
}

const fetchWithinMs = 15_000;
/** Until then Telegram is asked to bring a message again whose file could not be fetched. */
const hopeForFileMs = 10 * 60_000;

/**
 * `POST /webhooks/telegram`. 204: stored, or nothing that a conversation needs; 403: not from Telegram; 503: Telegram brings
 * it again.
 */
export async function takeUpdate(taking: Taking, request: Request): Promise<Response> {
  const { host, secret } = taking;
  if (!isSameSecret(request.headers.get("x-telegram-bot-api-secret-token") ?? "", secret)) {
    return new Response("X-Telegram-Bot-Api-Secret-Token is missing or wrong", { status: 403 });
  }
  const parsed = update.safeParse(await request.json().catch(() => null));
  if (!parsed.success) return new Response("This is no update of Telegram's", { status: 400 });
  const message = parsed.data.message ?? parsed.data.edited_message;
  const ignored = message === undefined ? "no message" : whyIgnored(message);
  if (message === undefined || ignored !== null) {
    host.logger.debug("An update of Telegram's means nothing for a conversation", { ignored });
    return new Response(null, { status: 204 });
  }
  try {
    await host.receive([await toEvent(taking, message)]);
    return new Response(null, { status: 204 });
  } catch (error) {
    host.logger.warn("A message could not be taken: Telegram was asked to bring it again", { error: nameOf(error) });
    return new Response("The message could not be taken: bring it again", { status: 503 });
  }
}

/** Groups and other bots are no visitors, and whoever pressed Start has said nothing yet. */
function whyIgnored({ chat, from, text }: TelegramMessage): string | null {
  if (chat.type !== "private") return `a chat of type ${chat.type}`;
  if (from?.is_bot) return "a bot";
  return text?.trim() === "/start" ? "/start" : null;
}

async function toEvent(taking: Taking, message: TelegramMessage): Promise<InboundEvent> {
  const { chat, from, message_id, date, edit_date, reply_to_message } = message;
  const name = [from?.first_name, from?.last_name].filter(Boolean).join(" ");
  const common = { address: String(chat.id), ...(name && { name }) };
  const messageId = messageName(chat.id, message_id);
  if (edit_date !== undefined) {
    const edited = { type: "edited", messageId, text: textOf(message) } as const;
    return { ...edited, externalId: `${messageId}/${edit_date}`, at: new Date(edit_date * 1000) };
  }
  const { attachments, notes } = await fetchFile(taking, message);
  return {
    type: "message",
    externalId: messageId,
    at: new Date(date * 1000),
    ...common,
    ...(from?.language_code && { locale: from.language_code }),
    text: [textOf(message), ...notes].filter((part) => part !== "").join("\n\n"),
    ...(reply_to_message && { answers: [{ externalId: messageName(chat.id, reply_to_message.message_id) }] }),
    attachments,
  };
}

/**
 * The file of a message, or a note of why it is not there.
 * @throws {Error} while it is worth being brought again
 */
async function fetchFile(
  { api, host }: Taking,
  message: TelegramMessage,
): Promise<{ readonly attachments: readonly InboundAttachment[]; readonly notes: readonly string[] }> {
  const file = fileOf(message);
  if (file === null) return { attachments: [], notes: [] };
  const missing = (why: string) => ({ attachments: [], notes: [`[${file.name} is not here: ${why}]`] });
  if ((file.sizeBytes ?? 0) > maxFileBytes) return missing("it has more than 20 MB");
  try {
    const content = await download(api, file);
    if (content === null) return missing("Telegram does not give it");
    return { attachments: [{ name: file.name, contentType: file.contentType, content }], notes: [] };
  } catch (error) {
    if (host.now().getTime() - message.date * 1000 < hopeForFileMs) throw error;
    return missing("Telegram did not give it");
  }
}

/** Null: never will be given. */
async function download(api: BotApi, { fileId }: TelegramFile): Promise<Uint8Array | null> {
  const signal = AbortSignal.timeout(fetchWithinMs);
  const answer = await api.call("getFile", { file_id: fileId }, signal);
  if (answer.outcome === "rejected") return null;
  if (answer.outcome !== "done") throw new Error(`getFile: ${answer.failure.code}`);
  return api.download(foundFile.parse(answer.result).file_path, signal);
}

const foundFile = z.object({ file_path: z.string() });

/** Not its message: a failed download names its URL, which holds the token. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
