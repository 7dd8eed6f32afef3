import { claimAttachments } from "../attachments/claim-attachments.js";
import { ContactFormRule } from "../contact-form/contact-form.entity.js";
import { queryContactForm } from "../contact-form/read-contact-form.js";
import type { Transaction } from "../database/database.js";
import { contactFormRequired, notFound } from "../errors.js";
import { changeAddress } from "../forwarding/addresses/change-address.js";
import type { Services } from "../services.js";
import type { VisitorViewer } from "../viewer.js";
import { activateGuest } from "../visitors/activate-guest.js";
import { findTypedAddress } from "../visitors/find-typed-address.js";
import { lockWritableVisitor, refuseBlocked } from "../visitors/lock-visitor.js";
import { EmailSource, type Visitor } from "../visitors/visitor.entity.js";
import { emailChannel, isIdentified } from "../visitors/visitor-address.js";
import { ConversationStatus } from "./conversation.entity.js";
import { isRepetition } from "./message-repetition.js";
import { findTargetConversation, openConversation } from "./open-conversation.js";
import type { ParsedMessage } from "./parse-message.js";
import { publishMessageAdded } from "./publish-message-added.js";
import { type WrittenMessage, writeVisitorMessage } from "./write-message.js";

/** Sends a visitor's message to an open or a new conversation, or to a closed one, which it reopens. */
export async function sendVisitorMessage(
  services: Services,
  viewer: VisitorViewer,
  message: ParsedMessage,
  network: string | null,
): Promise<WrittenMessage> {
  const conversationId = message.conversationId ?? viewer.guestOf;
  if (viewer.guestOf !== null && conversationId !== viewer.guestOf) throw notFound("conversation");
  const canSkipTransaction = viewer.guestOf === null && findTypedAddress(services, message.text) === null;
  if (canSkipTransaction && conversationId !== null && message.attachmentIds.length === 0) {
    const query = services.database.query.bind(services.database);
    const written = await writeVisitorMessage(query, { ...message, conversationId });
    if (written !== null) {
      publishMessageAdded(services.events, written);
      return written;
    }
  }
  return sendInTransaction(services, viewer, { ...message, conversationId }, network);
}

/**
 * Writes a message that may start or reopen a conversation, or identify the visitor by an email address in its text. The
 * visitor's row is locked first, so that messages from two tabs at the same time start a single conversation.
 */
function sendInTransaction(
  services: Services,
  viewer: VisitorViewer,
  message: ParsedMessage,
  network: string | null,
): Promise<WrittenMessage> {
  return services.database.transaction(async (transaction) => {
    const now = message.sentAt;
    // An identity may have joined the viewer's visitor to another one: then that one is the author.
    const visitor = await lockWritableVisitor(transaction, viewer.visitorId);
    refuseBlocked(visitor);
    // A repeated message violates the unique index, and the caller then returns the first one: the form must not prevent that.
    const isRepeated = await isRepetition(transaction, message);
    const typedAddress =
      viewer.guestOf === null && visitor.addresses.email === undefined
        ? findTypedAddress(services, message.text)
        : null;
    if (typedAddress !== null) {
      const origin = { source: EmailSource.CHAT, sessionId: viewer.sessionId, network } as const;
      await changeAddress(transaction, services, visitor.id, emailChannel, typedAddress, origin, now);
    }
    const target = await findTargetConversation(transaction, visitor.id, message.conversationId);
    if (target?.status !== ConversationStatus.OPEN && !isRepeated && typedAddress === null) {
      await requireContactForm(services, transaction, visitor, now);
    }
    const conversationId = await openConversation(transaction, visitor.id, target, now);
    await activateGuest(transaction, services, viewer, now);
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
    publishMessageAdded(transaction, written);
    return written;
  });
}

async function requireContactForm(
  services: Services,
  transaction: Transaction,
  visitor: Visitor,
  now: Date,
): Promise<void> {
  if (isIdentified(visitor, services.channels.whenAway())) return;
  const form = await queryContactForm(transaction.query, now);
  if (form.current === ContactFormRule.REQUIRED) throw contactFormRequired();
}
