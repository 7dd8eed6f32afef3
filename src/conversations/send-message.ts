import { forbidden, isDeliveryNotPossible } from "../errors.js";
import { forwardNow } from "../forwarding/forward-now.js";
import type { Services } from "../services.js";
import type { AgentViewer, Viewer } from "../viewer.js";
import type { Message } from "./message.entity.js";
import { findFirstMessage, isRepetitionError } from "./message-repetition.js";
import { type ParsedMessage, parseMessage, type SendMessageInput } from "./parse-message.js";
import { sendReply } from "./send-reply.js";
import { sendVisitorMessage } from "./send-visitor-message.js";

/**
 * Sends a message as the viewer. The common case, a message into an open conversation, takes a single statement; a
 * visitor's message that starts or reopens a conversation, or contains an email address, takes a transaction.
 * @param network where it was written, as `networkOf` gives it; null counts towards no network's limit
 * @throws NOT_FOUND, BAD_USER_INPUT, FORBIDDEN, CONVERSATION_CLOSED (agents), CONTACT_FORM_REQUIRED (visitors), CONFLICT
 */
export async function sendMessage(
  services: Services,
  viewer: Viewer,
  input: SendMessageInput,
  network: string | null = null,
): Promise<Message> {
  const message = parseMessage(services, viewer, input);
  if (input.forwardNow !== true) return write(services, viewer, message, network);
  if (viewer.kind !== "agent") throw forbidden("Only agents can forward replies.");
  const written = await write(services, viewer, message, network);
  await forwardIfPossible(services, viewer, written.conversationId);
  return written;
}

/** The message is there, whatever becomes of it: agents see in `Conversation.forwarding` why it was not forwarded. */
async function forwardIfPossible(services: Services, viewer: AgentViewer, conversationId: string): Promise<void> {
  try {
    await forwardNow(services, viewer, conversationId);
  } catch (error) {
    if (!isDeliveryNotPossible(error)) throw error;
  }
}

async function write(
  services: Services,
  viewer: Viewer,
  message: ParsedMessage,
  network: string | null,
): Promise<Message> {
  try {
    const written =
      viewer.kind === "agent"
        ? await sendReply(services, viewer, message)
        : await sendVisitorMessage(services, viewer, message, network);
    return written.message;
  } catch (error) {
    // A repetition with attachments fails earlier, because the first message has already claimed them.
    const maybeRepeated = isRepetitionError(error) || message.attachmentIds.length > 0;
    const first = maybeRepeated && (await findFirstMessage(services, message));
    if (first) return first;
    throw error;
  }
}
