import { v7 } from "uuid";
import { claimAttachments } from "../attachments/claim-attachments.js";
import type { Statement } from "../database/database.js";
import { badUserInput, conflict, conversationClosed, notFound } from "../errors.js";
import { createReference } from "../forwarding/deliveries/create-reference.js";
import type { Services } from "../services.js";
import type { AgentViewer } from "../viewer.js";
import { ConversationStatus } from "./conversation.entity.js";
import { findConversation } from "./find-conversation.js";
import { findFirstMessage, RepeatedMessageError } from "./message-repetition.js";
import type { ParsedMessage } from "./parse-message.js";
import { publishMessageAdded } from "./publish-message-added.js";
import { type DirectDelivery, type NewMessage, type WrittenMessage, writeReply } from "./write-message.js";

type Reply = ParsedMessage & NewMessage;

/** Sends a reply of an agent, or of a bot in an agent's session, into an open conversation. */
export async function sendReply(
  services: Services,
  viewer: AgentViewer,
  message: ParsedMessage,
): Promise<WrittenMessage> {
  const { conversationId } = message;
  if (conversationId === null) {
    throw badUserInput("input.conversationId", "An agent's message needs a conversationId.");
  }
  const reply = { ...message, conversationId };
  const direct = { id: v7(), reference: createReference(), immediateChannels: services.channels.immediate() };
  const query = services.database.query.bind(services.database);
  const written =
    message.attachmentIds.length === 0
      ? await writeReply(query, reply, direct)
      : await writeReplyWithAttachments(services, reply, direct);
  if (written === null) throw await explainRejection(services, viewer, reply);
  publishMessageAdded(services.events, written);
  if (written.queued) services.events.publish({ type: "deliveriesQueued" });
  return written;
}

async function writeReplyWithAttachments(
  services: Services,
  reply: Reply,
  direct: DirectDelivery,
): Promise<WrittenMessage | null> {
  const uploader = { uploaderKind: "AGENT", uploaderId: reply.authorId } as const;
  const writing = services.database.transaction(async (transaction) => {
    const attachments = await claimAttachments(transaction, uploader, reply.attachmentIds, reply.id);
    const written = await writeReply(transaction.query, { ...reply, attachments }, direct);
    // Rolls back, so that the attachments can be sent with another message.
    if (written === null) throw new NotWrittenError();
    return written;
  });
  return writing.catch((error) => {
    if (error instanceof NotWrittenError) return null;
    throw error;
  });
}

/** The error for a reply that could not be written. */
async function explainRejection(services: Services, viewer: AgentViewer, reply: Reply): Promise<Error> {
  if ((await findFirstMessage(services, reply)) !== null) return new RepeatedMessageError();
  const conversation = await findConversation(services, viewer, reply.conversationId);
  if (conversation === null) return notFound("conversation");
  if (conversation.status === ConversationStatus.CLOSED) return conversationClosed();
  const blocked = (await services.database.query(isBlockedStatement, [conversation.visitorId])).length > 0;
  return conflict(
    blocked
      ? "This visitor is blocked: call unblockVisitor before writing to them."
      : "This visitor has been erased: nothing can be sent to them.",
  );
}

const isBlockedStatement: Statement = {
  name: "is-visitor-blocked",
  text: "SELECT FROM visitors WHERE id = $1 AND blocked_at IS NOT NULL AND erased_at IS NULL",
};

/** There is no open conversation to write into. */
class NotWrittenError extends Error {}
