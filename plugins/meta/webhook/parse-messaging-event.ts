import { createHash } from "node:crypto";
import type { InboundEvent, InboundReply, Json } from "afterchat/channel";
import { readEchoMetadata } from "../echo-metadata.js";
import type { MessagingItem, MetaMessage } from "./envelope.js";
import { readInstant } from "./instant.js";
import { type FileTask, readContent } from "./message-content.js";

/** One event, and what is to be done beside it. */
export interface Understood {
  readonly event: InboundEvent;
  /** To be fetched once the event is stored. */
  readonly files: readonly FileTask[];
  /** Of an echo with the metadata of a delivery: what it is should that not be one of ours. */
  readonly otherwise: InboundReply | null;
  /** Orders events of the same moment about the same message. */
  readonly turn: number;
}

export interface ItemContext {
  readonly account: string;
  readonly accountIds: readonly string[];
  readonly channelName: string;
  readonly at: Date;
}

type Result = { readonly understood: readonly Understood[] } | { readonly ignored: string };

/** Pure: what one of `messaging[]` means. */
export function parseMessagingEvent(item: MessagingItem, context: ItemContext): Result {
  const { message, message_edit: edit, postback, reaction, read, delivery } = item;
  if (edit !== undefined) {
    const event = { type: "edited", messageId: idOf(edit.mid), text: edit.text } as const;
    const count = edit.num_edit ?? 0;
    return only(context, `${idOf(edit.mid)}#edit:${count}`, event, count);
  }
  if (message?.is_deleted) {
    return only(context, `${idOf(message.mid)}#unsent`, { type: "unsent", messageId: idOf(message.mid) });
  }
  const people = peopleOf(item, context);
  if (people === null) return { ignored: "An event that says neither who wrote nor to whom" };
  const { from, visitor } = people;
  if (message !== undefined) {
    return from === "visitor" ? readMessage(message, visitor, context) : readEcho(message, visitor, context);
  }
  if (from === "company") return { ignored: "What the company itself did, other than writing" };
  if (postback !== undefined) {
    const text = postback.title ?? postback.payload ?? "";
    const id = postback.mid ? idOf(postback.mid) : `postback:${digestOf(visitor, context, text)}`;
    return only(context, id, { type: "message", address: addressOf(visitor, context), text });
  }
  if (reaction !== undefined) return readReaction(reaction, visitor, context);
  if (read !== undefined) return readSeen(read, visitor, context);
  if (delivery !== undefined) return readDelivered(delivery, visitor, context);
  return { ignored: "An event of a kind that is not known here" };
}

function readMessage(message: MetaMessage, visitor: string, context: ItemContext): Result {
  const { text, files } = readContent(message, context.channelName);
  const answered = message.reply_to?.mid;
  const event = {
    type: "message",
    externalId: idOf(message.mid),
    at: context.at,
    address: addressOf(visitor, context),
    text,
    ...(answered === undefined ? {} : { answers: [{ externalId: answered }] }),
  } as const;
  return { understood: [{ event, files: named(files, message), otherwise: null, turn: 0 }] };
}

/** What the business wrote comes back: by us if it carries a delivery's id, otherwise in Meta's own inbox or by another app. */
function readEcho(message: MetaMessage, visitor: string, context: ItemContext): Result {
  const { text, files } = readContent(message, context.channelName);
  const externalId = idOf(message.mid);
  const outside = { type: "reply", externalId, at: context.at, address: addressOf(visitor, context), text } as const;
  const metadata = readEchoMetadata(message.metadata ?? "");
  if (metadata === null) {
    return { understood: [{ event: outside, files: named(files, message), otherwise: null, turn: 0 }] };
  }
  if (metadata.part === "earlier")
    return { ignored: "The echo of a part of a reply: its last part will say that it was sent" };
  const { deliveryId } = metadata;
  const event = { type: "sent", externalId, at: context.at, deliveryId, messageId: externalId } as const;
  return { understood: [{ event, files: named(files, message), otherwise: outside, turn: 0 }] };
}

function readReaction(
  { mid, action, emoji, reaction }: NonNullable<MessagingItem["reaction"]>,
  visitor: string,
  context: ItemContext,
): Result {
  // Nobody waits for an answer to having taken one back.
  if (action === "unreact") return { ignored: "A reaction that was taken back" };
  return only(context, `${idOf(mid)}#reaction:${digestOf(visitor, context, emoji ?? "")}`, {
    type: "message",
    address: addressOf(visitor, context),
    text: `[Reacted: ${emoji ?? reaction ?? "?"}]`,
    answers: [{ externalId: mid }],
  });
}

function readSeen(read: NonNullable<MessagingItem["read"]>, visitor: string, context: ItemContext): Result {
  if (read.mid !== undefined && read.mid !== "") {
    return only(context, `${idOf(read.mid)}#read`, { type: "read", messageId: idOf(read.mid) });
  }
  const upTo = readInstant(read.watermark);
  if (upTo === null) return { ignored: "A report of reading that says not what was read" };
  const event = { type: "read", address: addressOf(visitor, context), upTo } as const;
  return only(context, `read:${digestOf(visitor, context, upTo.toISOString())}`, event);
}

function readDelivered(
  { mids = [], watermark }: NonNullable<MessagingItem["delivery"]>,
  visitor: string,
  context: ItemContext,
): Result {
  const named = mids.map((mid) =>
    understood(context, `${idOf(mid)}#delivered`, { type: "delivered", messageId: idOf(mid) }),
  );
  const upTo = readInstant(watermark);
  if (upTo === null && named.length === 0) return { ignored: "A report of arrival that says not of what" };
  if (upTo === null) return { understood: named };
  const event = { type: "delivered", address: addressOf(visitor, context), upTo } as const;
  const all = understood(context, `delivered:${digestOf(visitor, context, upTo.toISOString())}`, event);
  return { understood: [...named, all] };
}

/** Who did it, and which of the two is not us. Our own id decides where `is_echo` is missing: a phantom visitor otherwise. */
function peopleOf(
  { sender, recipient, message }: MessagingItem,
  { accountIds }: ItemContext,
): { readonly from: "visitor" | "company"; readonly visitor: string } | null {
  const isOurs = (id: string | undefined) => id !== undefined && accountIds.includes(id);
  const from = message?.is_echo || isOurs(sender?.id) ? "company" : "visitor";
  const visitor = from === "company" ? recipient?.id : sender?.id;
  // Ids beyond these are none of Meta's, and could not be sent to.
  if (visitor === undefined || isOurs(visitor) || !/^[A-Za-z0-9_-]{1,128}$/.test(visitor)) return null;
  return { from, visitor };
}

type Bare<Event> = Event extends unknown ? Omit<Event, "externalId" | "at"> : never;

function only(context: ItemContext, externalId: string, event: Bare<InboundEvent>, turn = 0): Result {
  return { understood: [{ ...understood(context, externalId, event), turn }] };
}

function understood({ at }: ItemContext, externalId: string, event: Bare<InboundEvent>): Understood {
  return { event: { ...event, externalId, at } as InboundEvent, files: [], otherwise: null, turn: 0 };
}

function addressOf(visitor: string, { account }: ItemContext): Json {
  return { id: visitor, account };
}

function named(files: readonly Omit<FileTask, "messageId">[], { mid }: MetaMessage): readonly FileTask[] {
  return files.map((file) => ({ ...file, messageId: idOf(mid) }));
}

/** Meta's own are below 250 printable characters; whatever else is given stays under the contract's 1,000, endings included. */
function idOf(mid: string): string {
  return /^[\x21-\x7e]{1,800}$/.test(mid) ? mid : `sha256:${sha256(mid)}`;
}

/** Tells events without an id of Meta's apart. A digest, since ids of events stay when a visitor is erased. */
function digestOf(visitor: string, { account, at }: ItemContext, what: string): string {
  return sha256(JSON.stringify([account, visitor, at.getTime(), what]));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
