import type { SentAttachment } from "../attachments/attachment.entity.js";
import { markMessageAttachments } from "../attachments/remove-attachments.js";
import { claimInboundFiles } from "../attachments/store-inbound-file.js";
import type { InboundEvent } from "../channels/channel.js";
import type { Message } from "../conversations/message.entity.js";
import type { Statement } from "../database/database.js";
import { lockConversations, refreshForwarding } from "../forwarding/due/refresh-due-times.js";
import { deferEvent } from "./deferred-events.js";
import type { EventContext } from "./event-context.js";
import { dropped, droppedAsBlocked, type EventOutcome } from "./event-outcome.js";
import { sanitizeText } from "./sanitize-text.js";
import { appendNotes, describeMissingFiles } from "./store-files.js";

type Of<Type extends InboundEvent["type"]> = Extract<InboundEvent, { type: Type }>;

interface ReceivedMessage extends Pick<Message, "id" | "conversationId" | "text" | "editedAt" | "unsentAt"> {
  readonly authorId: string;
  readonly attachments: readonly SentAttachment[] | null;
  readonly visitorId: string;
  readonly erased: boolean;
  readonly blocked: boolean;
}

/** Replaces the text of a received message. An edit older than the last one applied is dropped. */
export async function editMessage(context: EventContext, event: Of<"edited">): Promise<EventOutcome> {
  const message = await lockReceived(context, event.messageId);
  if (message === null) return deferEvent(context, event);
  const drop = dropIfGone(message);
  if (drop !== null) return drop;
  if (message.blocked) return droppedAsBlocked(message.conversationId);
  if (message.editedAt !== null && message.editedAt > event.at) {
    return dropped("REPEATED", "A later edit has already been applied.", message.conversationId);
  }
  return change(context, message, editStatement, [message.id, sanitizeText(event.text), event.at]);
}

/** Unsends a received message: its text and files are removed, also when its author is blocked. */
export async function unsendMessage(context: EventContext, event: Of<"unsent">): Promise<EventOutcome> {
  const message = await lockReceived(context, event.messageId);
  if (message === null) return deferEvent(context, event);
  const drop = dropIfGone(message);
  if (drop !== null) return drop;
  await markMessageAttachments(context.transaction, message.id, context.now);
  return change(context, message, unsendStatement, [message.id, event.at]);
}

/** Adds files that were received after their message, and a note about those that could not be downloaded. */
export async function attachFiles(context: EventContext, event: Of<"attached">): Promise<EventOutcome> {
  const message = await lockReceived(context, event.messageId);
  if (message === null) return dropped("NOT_OURS", "The message that these files belong to was not found.", null);
  const drop = dropIfGone(message);
  if (drop !== null) return drop;
  if (message.blocked) return droppedAsBlocked(message.conversationId);
  const stored = context.files.get(event) ?? { attachments: [], notes: [] };
  const ids = stored.attachments.map(({ id }) => id);
  await claimInboundFiles(context.transaction, message.visitorId, ids, message.id);
  const attachments = [...(message.attachments ?? []), ...stored.attachments];
  const text = appendNotes(message.text, [...stored.notes, ...describeMissingFiles(event.missing ?? [])]);
  return change(context, message, attachStatement, [
    message.id,
    text,
    attachments.length === 0 ? null : JSON.stringify(attachments),
  ]);
}

async function lockReceived(
  { transaction, channelId }: EventContext,
  externalId: string,
): Promise<ReceivedMessage | null> {
  const [found] = await transaction.query<ReceivedMessage>(receivedStatement, [channelId, externalId]);
  if (found === undefined) return null;
  await lockConversations(transaction, [found.conversationId]);
  // Read again: it may have changed before the lock was granted.
  const [message] = await transaction.query<ReceivedMessage>(receivedStatement, [channelId, externalId]);
  return message ?? null;
}

function dropIfGone({ erased, unsentAt, conversationId }: ReceivedMessage): EventOutcome | null {
  if (erased) return dropped("ERASED", "The visitor was erased.", conversationId);
  if (unsentAt !== null) return dropped("UNSENT", "The message was unsent.", conversationId);
  return null;
}

async function change(
  { transaction, now }: EventContext,
  { id: messageId, conversationId, visitorId }: ReceivedMessage,
  statement: Statement,
  parameters: readonly unknown[],
): Promise<EventOutcome> {
  await transaction.query(statement, parameters);
  // Also updates the conversation's copy of its last message.
  await refreshForwarding(transaction, [conversationId], now);
  transaction.publish({ type: "messageUpdated", conversationId, visitorId, messageId });
  transaction.publish({ type: "conversationUpdated", conversationId, visitorId });
  // messageId is null because the message originates from an earlier event.
  return { kind: "applied", conversationId, messageId: null, deliveryId: null, suppressed: null };
}

const receivedStatement: Statement = {
  name: "find-received-message",
  text: `SELECT messages.id, messages.conversation_id, messages.author_id, messages.text, messages.attachments,
      messages.edited_at, messages.unsent_at, conversations.visitor_id, visitors.erased_at IS NOT NULL AS erased,
      visitors.blocked_at IS NOT NULL AS blocked
    FROM messages JOIN conversations ON conversations.id = messages.conversation_id
    JOIN visitors ON visitors.id = conversations.visitor_id
    WHERE messages.via = $1 AND messages.external_id = $2`,
};

const editStatement: Statement = {
  name: "edit-received-message",
  text: "UPDATE messages SET text = $2, edited_at = $3 WHERE id = $1",
};

const unsendStatement: Statement = {
  name: "unsend-received-message",
  text: "UPDATE messages SET text = '', attachments = NULL, unsent_at = $2 WHERE id = $1",
};

const attachStatement: Statement = {
  name: "attach-files-to-received-message",
  text: "UPDATE messages SET text = $2, attachments = $3::jsonb WHERE id = $1",
};
