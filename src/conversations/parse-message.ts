import { v7, validate } from "uuid";
import { parseAttachmentIds } from "../attachments/claim-attachments.js";
import { badUserInput, forbidden, notFound } from "../errors.js";
import { parseName } from "../parse-name.js";
import type { Services } from "../services.js";
import type { Viewer } from "../viewer.js";
import { parseMessageText } from "./parse-message-text.js";
import type { NewMessage } from "./write-message.js";

export interface SendMessageInput {
  /** Optional for visitors: then the most recent open conversation, or a new one. */
  readonly conversationId?: string | null | undefined;
  readonly text: string;
  /** Unique per author: sending it again returns the first message. */
  readonly clientMessageId?: string | null | undefined;
  readonly attachmentIds?: readonly string[] | null | undefined;
  /** For agents only: the name of the bot that the message is sent as. */
  readonly asBot?: string | null | undefined;
  /** For agents only: forwards pending replies, with this one, at once. */
  readonly forwardNow?: boolean | null | undefined;
}

export type ParsedMessage = Omit<NewMessage, "conversationId"> & {
  readonly conversationId: string | null;
  /** Uploads to be claimed for the message. */
  readonly attachmentIds: readonly string[];
};

// It is returned unchanged so that clients can match it; what cannot be stored is therefore rejected, not replaced.
const clientMessageIdPattern = /^[^\p{Cc}\p{Cs}]{1,200}$/u;

/** @throws NOT_FOUND, BAD_USER_INPUT for a field of `input`, FORBIDDEN for a visitor who writes as a bot */
export function parseMessage(services: Services, viewer: Viewer, input: SendMessageInput): ParsedMessage {
  const attachmentIds = parseAttachmentIds(input.attachmentIds);
  const conversationId = input.conversationId ?? null;
  if (conversationId !== null && !validate(conversationId)) throw notFound("conversation");
  const botName = parseBotName(viewer, input.asBot ?? null);
  const clientMessageId = input.clientMessageId ?? null;
  if (clientMessageId !== null && !clientMessageIdPattern.test(clientMessageId)) {
    throw badUserInput(
      "input.clientMessageId",
      "A clientMessageId must have 1 to 200 characters, without control characters.",
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
  if (viewer.kind !== "agent") throw forbidden("Only agents can write as a bot.");
  const name = parseName("input.asBot", asBot);
  if (name === null) throw badUserInput("input.asBot", "A bot needs a name: visitors see it next to its messages.");
  return name;
}
