import { createHash } from "node:crypto";
import type { InboundEvent, InboundReply, Json } from "afterchat/channel";
import { readEchoMetadata } from "../echo-metadata.js";
import type { MessagingItem, MetaMessage } from "./envelope.js";
import { type FileTask, readContent } from "./message-content.js";
import { parseTimestamp } from "./parse-timestamp.js";

export interface ParsedEvent {
  readonly event: InboundEvent;
  /** To be fetched once the event is stored. */
  readonly files: readonly FileTask[];
  /** For an echo with a delivery's metadata: the event to use if that delivery is unknown. */
  readonly fallback: InboundReply | null;
  /** The order of events about the same message at the same time. */
  readonly sequence: number;
}

export interface EventContext {
  readonly account: string;
  readonly accountIds: readonly string[];
  readonly channelName: string;
  readonly at: Date;
}

type Result = { readonly events: readonly ParsedEvent[] } | { readonly ignored: string };

/** Pure: parses one item of `messaging[]`. */
export function parseMessagingEvent(item: MessagingItem, context: EventContext): Result {
  const { message, message_edit: edit, postback, reaction, read, delivery } = item;
  if (edit !== undefined) {
    const event = { type: "edited", messageId: idOf(edit.mid), text: edit.text } as const;
    const count = edit.num_edit ?? 0;
    return single(context, `${idOf(edit.mid)}#edit:${count}`, event, count);
  }
  if (message?.is_deleted) {
    return single(context, `${idOf(message.mid)}#unsent`, { type: "unsent", messageId: idOf(message.mid) });
  }
  const participants = participantsOf(item, context);
  if (participants === null) return { ignored: "An event without a visitor as sender or recipient" };
  const { from, visitor } = participants;
  if (message !== undefined) {
    return from === "visitor" ? parseMessage(message, visitor, context) : parseEcho(message, visitor, context);
  }
  if (from === "company") return { ignored: "An event of the company other than a message" };
  if (postback !== undefined) {
    const text = postback.title ?? postback.payload ?? "";
    const id = postback.mid ? idOf(postback.mid) : `postback:${digestOf(visitor, context, text)}`;
    return single(context, id, { type: "message", address: addressOf(visitor, context), text });
  }
  if (reaction !== undefined) return parseReaction(reaction, visitor, context);
  if (read !== undefined) return parseRead(read, visitor, context);
  if (delivery !== undefined) return parseDelivery(delivery, visitor, context);
  return { ignored: "An event of an unknown kind" };
}

function parseMessage(message: MetaMessage, visitor: string, context: EventContext): Result {
  const { text, files } = readContent(message, context.channelName);
  const repliedTo = message.reply_to?.mid;
  const event = {
    type: "message",
    externalId: idOf(message.mid),
    at: context.at,
    address: addressOf(visitor, context),
    text,
    ...(repliedTo === undefined ? {} : { answers: [{ externalId: repliedTo }] }),
  } as const;
  return { events: [{ event, files: withMessageId(files, message), fallback: null, sequence: 0 }] };
}

/**
 * An echo of the company's message: sent by Afterchat if it contains a delivery's id, otherwise in Meta's inbox or by
 * another app.
 */
function parseEcho(message: MetaMessage, visitor: string, context: EventContext): Result {
  const { text, files } = readContent(message, context.channelName);
  const externalId = idOf(message.mid);
  const reply = { type: "reply", externalId, at: context.at, address: addressOf(visitor, context), text } as const;
  const metadata = readEchoMetadata(message.metadata ?? "");
  if (metadata === null) {
    return { events: [{ event: reply, files: withMessageId(files, message), fallback: null, sequence: 0 }] };
  }
  if (metadata.part === "earlier")
    return { ignored: "The echo of an earlier part of a reply: only that of the last part is used" };
  const { deliveryId } = metadata;
  const event = { type: "sent", externalId, at: context.at, deliveryId, messageId: externalId } as const;
  return { events: [{ event, files: withMessageId(files, message), fallback: reply, sequence: 0 }] };
}

function parseReaction(
  { mid, action, emoji, reaction }: NonNullable<MessagingItem["reaction"]>,
  visitor: string,
  context: EventContext,
): Result {
  // Removing a reaction needs no reply.
  if (action === "unreact") return { ignored: "A removed reaction" };
  return single(context, `${idOf(mid)}#reaction:${digestOf(visitor, context, emoji ?? "")}`, {
    type: "message",
    address: addressOf(visitor, context),
    text: `[Reacted: ${emoji ?? reaction ?? "?"}]`,
    answers: [{ externalId: mid }],
  });
}

function parseRead(read: NonNullable<MessagingItem["read"]>, visitor: string, context: EventContext): Result {
  if (read.mid !== undefined && read.mid !== "") {
    return single(context, `${idOf(read.mid)}#read`, { type: "read", messageId: idOf(read.mid) });
  }
  const upTo = parseTimestamp(read.watermark);
  if (upTo === null) return { ignored: "A read receipt without a message or a watermark" };
  const event = { type: "read", address: addressOf(visitor, context), upTo } as const;
  return single(context, `read:${digestOf(visitor, context, upTo.toISOString())}`, event);
}

function parseDelivery(
  { mids = [], watermark }: NonNullable<MessagingItem["delivery"]>,
  visitor: string,
  context: EventContext,
): Result {
  const messages = mids.map((mid) =>
    toParsedEvent(context, `${idOf(mid)}#delivered`, { type: "delivered", messageId: idOf(mid) }),
  );
  const upTo = parseTimestamp(watermark);
  if (upTo === null && messages.length === 0) return { ignored: "A delivery receipt without a message or a watermark" };
  if (upTo === null) return { events: messages };
  const event = { type: "delivered", address: addressOf(visitor, context), upTo } as const;
  const all = toParsedEvent(context, `delivered:${digestOf(visitor, context, upTo.toISOString())}`, event);
  return { events: [...messages, all] };
}

/**
 * Who caused the event, and which participant is the visitor. The account's own id decides if `is_echo` is missing:
 * without that, an echo would create a visitor.
 */
function participantsOf(
  { sender, recipient, message }: MessagingItem,
  { accountIds }: EventContext,
): { readonly from: "visitor" | "company"; readonly visitor: string } | null {
  const isAccount = (id: string | undefined) => id !== undefined && accountIds.includes(id);
  const from = message?.is_echo || isAccount(sender?.id) ? "company" : "visitor";
  const visitor = from === "company" ? recipient?.id : sender?.id;
  // Other ids are not Meta's, and nothing could be sent to them.
  if (visitor === undefined || isAccount(visitor) || !/^[A-Za-z0-9_-]{1,128}$/.test(visitor)) return null;
  return { from, visitor };
}

type WithoutIdentity<Event> = Event extends unknown ? Omit<Event, "externalId" | "at"> : never;

function single(context: EventContext, externalId: string, event: WithoutIdentity<InboundEvent>, sequence = 0): Result {
  return { events: [{ ...toParsedEvent(context, externalId, event), sequence }] };
}

function toParsedEvent({ at }: EventContext, externalId: string, event: WithoutIdentity<InboundEvent>): ParsedEvent {
  return { event: { ...event, externalId, at } as InboundEvent, files: [], fallback: null, sequence: 0 };
}

function addressOf(visitor: string, { account }: EventContext): Json {
  return { id: visitor, account };
}

function withMessageId(files: readonly Omit<FileTask, "messageId">[], { mid }: MetaMessage): readonly FileTask[] {
  return files.map((file) => ({ ...file, messageId: idOf(mid) }));
}

/**
 * Meta's ids have fewer than 250 printable characters. Anything else is hashed, to stay below the contract's 1,000 with
 * suffixes.
 */
function idOf(mid: string): string {
  return /^[\x21-\x7e]{1,800}$/.test(mid) ? mid : `sha256:${sha256(mid)}`;
}

/** Identifies events without a Meta id. A digest, since the ids of events remain when a visitor is erased. */
function digestOf(visitor: string, { account, at }: EventContext, content: string): string {
  return sha256(JSON.stringify([account, visitor, at.getTime(), content]));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
