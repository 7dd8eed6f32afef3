import { v7 } from "uuid";
import { claimAttachments } from "../attachments/claim-attachments.js";
import { webChannel } from "../channels/web-channel.js";
import { ContactFormRule } from "../contact-form/contact-form.entity.js";
import { readContactForm } from "../contact-form/read-contact-form.js";
import type { Statement, Transaction } from "../database/database.js";
import { contactFormRequired, notFound } from "../errors.js";
import { changeAddress } from "../forwarding/addresses/change-address.js";
import type { Services } from "../services.js";
import { markGuestActive } from "../sessions/activate-guest.js";
import type { VisitorViewer } from "../viewer.js";
import { findTypedAddress } from "../visitors/find-typed-address.js";
import { lockVisitor, refuseErased } from "../visitors/lock-visitor.js";
import { EmailSource, type Visitor } from "../visitors/visitor.entity.js";
import { isIdentified } from "../visitors/visitor-presence.js";
import { ConversationStatus } from "./conversation.entity.js";
import { type NewMessage, type WrittenMessage, writeVisitorMessage } from "./write-message.js";

interface ConversationRow {
  readonly id: string;
  readonly status: ConversationStatus;
}

/**
 * Writes a visitor's message that may begin a conversation, reopen a closed one, or identify the visitor by an address
 * in its text. The visitor's row is locked first, so that two tabs at once begin one conversation.
 */
export async function beginAndWrite(
  services: Services,
  viewer: VisitorViewer,
  message: Omit<NewMessage, "conversationId"> & {
    readonly conversationId: string | null;
    readonly attachmentIds: readonly string[];
  },
): Promise<WrittenMessage> {
  return services.database.transaction(async (transaction) => {
    const now = message.sentAt;
    const visitor = await lockWriter(transaction, viewer.visitorId);
    // A repetition ends in the unique violation that returns the first message, before any rule is asked again.
    const repeated = await isRepeated(transaction, message);
    const typed =
      viewer.guestOf === null && visitor.addresses.email === undefined
        ? findTypedAddress(services, message.text)
        : null;
    if (typed !== null) {
      await changeAddress(transaction, services, visitor.id, "email", typed, EmailSource.CHAT, now);
    }
    const conversation = await findTarget(transaction, visitor.id, message.conversationId);
    if (conversation?.status !== ConversationStatus.OPEN && !repeated && typed === null) {
      await requireContactForm(services, visitor);
    }
    const conversationId = await open(transaction, visitor.id, conversation, now);
    await markGuestActive(transaction, services, viewer, now);
    const uploader = { uploaderKind: "VISITOR", uploaderId: visitor.id } as const;
    const attachments =
      message.attachmentIds.length === 0
        ? null
        : await claimAttachments(transaction, uploader, message.attachmentIds, message.id);
    const written = await writeVisitorMessage(transaction.query, {
      ...message,
      authorId: visitor.id,
      conversationId,
      attachments,
    });
    if (written === null) throw notFound("conversation");
    const { visitorId } = written;
    transaction.publish({ type: "messageAdded", conversationId, visitorId, messageId: message.id });
    transaction.publish({ type: "conversationUpdated", conversationId, visitorId });
    return written;
  });
}

// An identity may have joined the viewer's visitor to another one since the token was looked at: that one writes.
async function lockWriter(transaction: Transaction, visitorId: string): Promise<Visitor> {
  const visitor = await lockVisitor(transaction, visitorId);
  if (visitor === null) throw notFound("visitor");
  refuseErased(visitor);
  return visitor;
}

async function isRepeated(
  transaction: Transaction,
  message: Pick<NewMessage, "authorId" | "clientMessageId">,
): Promise<boolean> {
  if (message.clientMessageId === null) return false;
  const rows = await transaction.query(repeatedStatement, [message.authorId, message.clientMessageId]);
  return rows.length > 0;
}

async function findTarget(
  transaction: Transaction,
  visitorId: string,
  conversationId: string | null,
): Promise<ConversationRow | undefined> {
  if (conversationId === null) {
    return (await transaction.query<ConversationRow>(newestOpenStatement, [visitorId, webChannel]))[0];
  }
  const [conversation] = await transaction.query<ConversationRow>(ownStatement, [visitorId, conversationId]);
  if (conversation === undefined) throw notFound("conversation");
  return conversation;
}

async function requireContactForm(services: Services, visitor: Visitor): Promise<void> {
  if (isIdentified(visitor, services.channels.whenAway())) return;
  const form = await readContactForm(services);
  if (form.current === ContactFormRule.REQUIRED) throw contactFormRequired();
}

async function open(
  transaction: Transaction,
  visitorId: string,
  conversation: ConversationRow | undefined,
  now: Date,
): Promise<string> {
  if (conversation === undefined) {
    const id = v7();
    await transaction.query(beginStatement, [id, visitorId, webChannel, now]);
    return id;
  }
  if (conversation.status === ConversationStatus.CLOSED) await transaction.query(reopenStatement, [conversation.id]);
  return conversation.id;
}

const repeatedStatement: Statement = {
  name: "is-repeated-message",
  text: "SELECT id FROM messages WHERE author_id = $1 AND client_message_id = $2",
};

const newestOpenStatement: Statement = {
  name: "newest-open-conversation",
  text: `SELECT id, status FROM conversations WHERE visitor_id = $1 AND channel = $2 AND status = 'OPEN'
    ORDER BY last_activity_at DESC, id DESC LIMIT 1`,
};

const ownStatement: Statement = {
  name: "own-conversation",
  text: "SELECT id, status FROM conversations WHERE visitor_id = $1 AND id = $2",
};

const beginStatement: Statement = {
  name: "begin-conversation",
  text: `INSERT INTO conversations (id, visitor_id, channel, started_at, last_activity_at) VALUES ($1, $2, $3, $4, $4)`,
};

const reopenStatement: Statement = {
  name: "reopen-conversation-by-message",
  text: "UPDATE conversations SET status = 'OPEN', closed_at = NULL WHERE id = $1",
};
