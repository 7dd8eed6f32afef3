import { v7, validate } from "uuid";
import { claimAttachments, parseAttachmentIds } from "../attachments/claim-attachments.js";
import { badUserInput, conflict, conversationClosed, forbidden, notFound } from "../errors.js";
import { createReference } from "../forwarding/deliveries/create-reference.js";
import { parseName } from "../parse-name.js";
import type { Services } from "../services.js";
import type { AgentViewer, Viewer, VisitorViewer } from "../viewer.js";
import { findTypedAddress } from "../visitors/find-typed-address.js";
import { beginAndWrite } from "./begin-and-write.js";
import { ConversationStatus } from "./conversation.entity.js";
import { findConversation } from "./find-conversation.js";
import { findByClientMessageId } from "./find-message.js";
import type { Message } from "./message.entity.js";
import { parseMessageText } from "./message-text.js";
import { publishMessageAdded } from "./publish-message-added.js";
import {
  type DirectDelivery,
  type NewMessage,
  type WrittenMessage,
  writeReply,
  writeVisitorMessage,
} from "./write-message.js";

export interface SendMessageInput {
  /** A visitor may leave it out: the newest open conversation, or a new one. */
  readonly conversationId?: string | null | undefined;
  readonly text: string;
  /** Unique per author; a repetition returns the first message. */
  readonly clientMessageId?: string | null | undefined;
  readonly attachmentIds?: readonly string[] | null | undefined;
  /** Agents only: writes as this bot. */
  readonly asBot?: string | null | undefined;
}

/**
 * Sends a message as the viewer. The common case, an open conversation, is one statement; a visitor's message that begins
 * or reopens a conversation, or holds an address, takes a transaction.
 * @throws NOT_FOUND, BAD_USER_INPUT, FORBIDDEN, CONVERSATION_CLOSED (agents), CONTACT_FORM_REQUIRED (visitors), CONFLICT
 */
export async function sendMessage(services: Services, viewer: Viewer, input: SendMessageInput): Promise<Message> {
  const message = parseMessage(services, viewer, input);
  try {
    const written =
      viewer.kind === "agent"
        ? await sendReply(services, viewer, message)
        : await sendVisitorMessage(services, viewer, message);
    return written.message;
  } catch (error) {
    // What a repetition names was claimed by the first message, or else it would not be one.
    const maybeRepeated = isRepetition(error) || message.attachmentIds.length > 0;
    const first = maybeRepeated && (await findByClientMessageId(services, message));
    if (first) return first;
    throw error;
  }
}

// Given back as it came, so that its author knows it again: what cannot be stored is refused rather than replaced.
const clientMessageIdPattern = /^[^\p{Cc}\p{Cs}]{1,200}$/u;

type ParsedMessage = Omit<NewMessage, "conversationId"> & {
  readonly conversationId: string | null;
  /** To be claimed. */
  readonly attachmentIds: readonly string[];
};

function parseMessage(services: Services, viewer: Viewer, input: SendMessageInput): ParsedMessage {
  const attachmentIds = parseAttachmentIds(input.attachmentIds);
  const conversationId = input.conversationId ?? null;
  if (conversationId !== null && !validate(conversationId)) throw notFound("conversation");
  const botName = parseBotName(viewer, input.asBot ?? null);
  const clientMessageId = input.clientMessageId ?? null;
  if (clientMessageId !== null && !clientMessageIdPattern.test(clientMessageId)) {
    throw badUserInput(
      "input.clientMessageId",
      "A clientMessageId has 1 to 200 characters, control characters not among them.",
    );
  }
  return {
    id: v7(),
    conversationId,
    authorKind: viewer.kind === "visitor" ? "VISITOR" : botName === null ? "AGENT" : "BOT",
    authorId: viewer.kind === "visitor" ? viewer.visitorId : viewer.agentId,
    botName,
    text: parseMessageText(input.text, attachmentIds.length),
    via: "web",
    sentAt: services.clock.now(),
    clientMessageId,
    externalId: null,
    attachments: null,
    attachmentIds,
  };
}

function parseBotName(viewer: Viewer, asBot: string | null): string | null {
  if (asBot === null) return null;
  if (viewer.kind !== "agent") throw forbidden("Only agents write as a bot.");
  const name = parseName("input.asBot", asBot);
  if (name === null) throw badUserInput("input.asBot", "A bot has a name: visitors see it beside what it writes.");
  return name;
}

async function sendReply(services: Services, viewer: AgentViewer, message: ParsedMessage): Promise<WrittenMessage> {
  const { conversationId } = message;
  if (conversationId === null) {
    throw badUserInput("input.conversationId", "Say which conversation to answer: conversationId is missing.");
  }
  const direct = { id: v7(), reference: createReference(), immediateChannels: services.channels.immediate() };
  const query = services.database.query.bind(services.database);
  const written =
    message.attachmentIds.length === 0
      ? await writeReply(query, { ...message, conversationId }, direct)
      : await writeReplyWithAttachments(services, { ...message, conversationId }, direct);
  if (written === null) return refuse(services, viewer, message, conversationId);
  publishMessageAdded(services.events, written);
  if (written.queued) services.events.publish({ type: "deliveriesQueued" });
  return written;
}

async function writeReplyWithAttachments(
  services: Services,
  message: ParsedMessage & NewMessage,
  direct: DirectDelivery,
): Promise<WrittenMessage | null> {
  const uploader = { uploaderKind: "AGENT", uploaderId: message.authorId } as const;
  const writing = services.database.transaction(async (transaction) => {
    const attachments = await claimAttachments(transaction, uploader, message.attachmentIds, message.id);
    const written = await writeReply(transaction.query, { ...message, attachments }, direct);
    // Gives the claimed ones back, too.
    if (written === null) throw new NotWritten();
    return written;
  });
  return writing.catch((error) => {
    if (error instanceof NotWritten) return null;
    throw error;
  });
}

async function sendVisitorMessage(
  services: Services,
  viewer: VisitorViewer,
  message: ParsedMessage,
): Promise<WrittenMessage> {
  const conversationId = message.conversationId ?? viewer.guestOf;
  if (viewer.guestOf !== null && conversationId !== viewer.guestOf) throw notFound("conversation");
  const plain = viewer.guestOf === null && findTypedAddress(services, message.text) === null;
  if (plain && conversationId !== null && message.attachmentIds.length === 0) {
    const query = services.database.query.bind(services.database);
    const written = await writeVisitorMessage(query, { ...message, conversationId });
    if (written !== null) {
      publishMessageAdded(services.events, written);
      return written;
    }
  }
  return beginAndWrite(services, viewer, { ...message, conversationId });
}

async function refuse(
  services: Services,
  viewer: Viewer,
  message: ParsedMessage,
  conversationId: string,
): Promise<never> {
  const first = await findByClientMessageId(services, message);
  if (first !== null) throw new Repetition();
  const conversation = await findConversation(services, viewer, conversationId);
  if (conversation === null) throw notFound("conversation");
  if (conversation.status === ConversationStatus.CLOSED) throw conversationClosed();
  throw conflict("This visitor has been erased: nothing can be sent to them.");
}

/** There was no open conversation to write into. */
class NotWritten extends Error {}

/** The author has sent this clientMessageId before. */
class Repetition extends Error {}

// 23505 is PostgreSQL's unique_violation.
function isRepetition(error: unknown): boolean {
  if (error instanceof Repetition) return true;
  return error instanceof Error && "code" in error && error.code === "23505";
}
