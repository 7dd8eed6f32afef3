import type { SentAttachment } from "../attachments/attachment.entity.js";
import { markMessageFiles } from "../attachments/remove-attachments.js";
import { claimContents } from "../attachments/store-content.js";
import type { InboundEvent } from "../channels/channel.js";
import type { Message } from "../conversations/message.entity.js";
import type { Statement, Transaction } from "../database/database.js";
import { lockConversations, refreshForwarding } from "../forwarding/due/refresh-due-times.js";
import { deferEvent } from "./deferred-events.js";
import { type Applying, dropped, type EventOutcome } from "./event-outcome.js";
import { boundText } from "./inbound-text.js";
import { notesOf, withNotes } from "./store-files.js";

type Of<Type extends InboundEvent["type"]> = Extract<InboundEvent, { type: Type }>;

interface ReceivedMessage extends Pick<Message, "id" | "conversationId" | "text" | "editedAt" | "unsentAt"> {
  readonly authorId: string;
  readonly attachments: readonly SentAttachment[] | null;
  readonly visitorId: string;
  readonly erased: boolean;
}

/** Gives a message that came in another text. An older edit that comes later changes nothing. */
export async function editMessage(applying: Applying, event: Of<"edited">): Promise<EventOutcome> {
  const message = await lockReceived(applying, event.messageId);
  if (message === null) return deferEvent(applying, event);
  const gone = goneOutcome(message);
  if (gone !== null) return gone;
  if (message.editedAt !== null && message.editedAt > event.at) {
    return dropped("REPEATED", "It was edited again after that.", message.conversationId);
  }
  return change(applying, message, editStatement, [message.id, boundText(event.text), event.at]);
}

/** Takes a message that came in back: its text and files go. */
export async function unsendMessage(applying: Applying, event: Of<"unsent">): Promise<EventOutcome> {
  const message = await lockReceived(applying, event.messageId);
  if (message === null) return deferEvent(applying, event);
  const gone = goneOutcome(message);
  if (gone !== null) return gone;
  await markMessageFiles(applying.transaction, message.id, applying.now);
  return change(applying, message, unsendStatement, [message.id, event.at]);
}

/** Adds the files that came after their message, and says what could not be had. */
export async function attachFiles(applying: Applying, event: Of<"attached">): Promise<EventOutcome> {
  const message = await lockReceived(applying, event.messageId);
  if (message === null) return dropped("NOT_OURS", "There is no message that these files came with.", null);
  const gone = goneOutcome(message);
  if (gone !== null) return gone;
  const stored = applying.files.get(event) ?? { attachments: [], notes: [] };
  const ids = stored.attachments.map(({ id }) => id);
  await claimContents(applying.transaction, message.visitorId, ids, message.id);
  const attachments = [...(message.attachments ?? []), ...stored.attachments];
  const text = withNotes(message.text, [...stored.notes, ...notesOf(event.missing ?? [])]);
  return change(applying, message, attachStatement, [
    message.id,
    text,
    attachments.length === 0 ? null : JSON.stringify(attachments),
  ]);
}

async function lockReceived({ transaction, channelId }: Applying, externalId: string): Promise<ReceivedMessage | null> {
  const [found] = await transaction.query<ReceivedMessage>(receivedStatement, [channelId, externalId]);
  if (found === undefined) return null;
  await lockConversations(transaction, [found.conversationId]);
  // As it is under the lock.
  const [message] = await transaction.query<ReceivedMessage>(receivedStatement, [channelId, externalId]);
  return message ?? null;
}

function goneOutcome({ erased, unsentAt, conversationId }: ReceivedMessage): EventOutcome | null {
  if (erased) return dropped("ERASED", "The visitor was erased.", conversationId);
  if (unsentAt !== null) return dropped("UNSENT", "The message was taken back.", conversationId);
  return null;
}

async function change(
  { transaction, now }: Applying,
  { id: messageId, conversationId, visitorId }: ReceivedMessage,
  statement: Statement,
  parameters: readonly unknown[],
): Promise<EventOutcome> {
  await transaction.query(statement, parameters);
  await renewLastMessage(transaction, conversationId, now);
  transaction.publish({ type: "messageUpdated", conversationId, visitorId, messageId });
  transaction.publish({ type: "conversationUpdated", conversationId, visitorId });
  // Not the message's origin: that is the event it came in by.
  return { kind: "applied", conversationId, messageId: null, deliveryId: null, suppressed: null };
}

// The copy in the conversation's read model is refreshed with all else that stands there.
async function renewLastMessage(transaction: Transaction, conversationId: string, now: Date): Promise<void> {
  await refreshForwarding(transaction, [conversationId], now);
}

const receivedStatement: Statement = {
  name: "message-that-came-in",
  text: `SELECT messages.id, messages.conversation_id, messages.author_id, messages.text, messages.attachments,
      messages.edited_at, messages.unsent_at, conversations.visitor_id, visitors.erased_at IS NOT NULL AS erased
    FROM messages JOIN conversations ON conversations.id = messages.conversation_id
    JOIN visitors ON visitors.id = conversations.visitor_id
    WHERE messages.via = $1 AND messages.external_id = $2`,
};

const editStatement: Statement = {
  name: "edit-message",
  text: "UPDATE messages SET text = $2, edited_at = $3 WHERE id = $1",
};

const unsendStatement: Statement = {
  name: "unsend-message",
  text: "UPDATE messages SET text = '', attachments = NULL, unsent_at = $2 WHERE id = $1",
};

const attachStatement: Statement = {
  name: "attach-files",
  text: "UPDATE messages SET text = $2, attachments = $3::jsonb WHERE id = $1",
};
