import type { ChannelHost, InboundEvent, Interpretation, KeptOriginal } from "afterchat/channel";
import { authenticateSender, type Resolve } from "./authentication/authenticate-sender.js";
import type { OwnAddresses } from "./classify-mail.js";
import { type InboundEnvelope, inboundEnvelope } from "./envelope.js";
import { verifyTokens } from "./find-signed-ids.js";
import { endOfHeader } from "./mail-headers.js";
import { deliveryNames } from "./message-ids.js";
import { type MailReader, UnreadableMailError } from "./reading/mail-reader.js";
import type { MailToRead, ReadMail } from "./reading/read-mail.js";
import { interpretReport } from "./reports/interpret-report.js";
import { resolveConversation } from "./resolve-conversation.js";
import { notOurs } from "./unmatched-mail.js";

export interface InterpretOptions extends OwnAddresses {
  readonly host: Pick<ChannelHost, "verify" | "findConversation">;
  /** The server whose Authentication-Results are trusted; null: none. */
  readonly authservId: string | null;
  readonly resolve: Resolve;
  readonly reader: MailReader;
}

/** For an email whose source provided no envelope. */
const unknownEnvelope: InboundEnvelope = {
  via: "webhook",
  from: null,
  to: [],
  remoteAddress: null,
  helo: null,
  arrivedAt: null,
  providerId: null,
};

/** Interprets an email. Has no side effects, and never throws because of the email's content. */
export async function interpretMail(
  options: InterpretOptions,
  original: KeptOriginal,
  signal: AbortSignal,
): Promise<Interpretation> {
  const envelope = inboundEnvelope.safeParse(original.envelope).data ?? unknownEnvelope;
  try {
    return await interpretRead(options, original, envelope, await read(options, original, envelope, signal), signal);
  } catch (error) {
    if (!(error instanceof UnreadableMailError)) throw error;
    return { outcome: "dropped", reason: "UNREADABLE", detail: `Not even its header could be read: ${error.message}.` };
  }
}

/** Of an email that takes too long, or too much memory, only the header: the conversation shows that it arrived. */
async function read(
  { reader, from, replyDomain, authservId }: InterpretOptions,
  { content }: KeptOriginal,
  envelope: InboundEnvelope,
  signal: AbortSignal,
): Promise<ReadMail> {
  const settings = { envelope, own: { from, replyDomain }, authservId };
  const readExtent = (given: Pick<MailToRead, "content" | "extent">) => reader.read({ ...settings, ...given }, signal);
  try {
    return await readExtent({ content, extent: "whole" });
  } catch (error) {
    if (!(error instanceof UnreadableMailError)) throw error;
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    const header = await readExtent({ content: bytes.subarray(0, endOfHeader(bytes)), extent: "header" });
    return {
      ...header,
      message: { text: `[This email could not be read, because ${error.message}: see the original.]`, attachments: [] },
    };
  }
}

async function interpretRead(
  options: InterpretOptions,
  original: KeptOriginal,
  envelope: InboundEnvelope,
  mail: ReadMail,
  signal: AbortSignal,
): Promise<Interpretation> {
  const { host } = options;
  if (!mail.hasHeader) return { outcome: "dropped", reason: "UNREADABLE", detail: "It has no headers." };
  const { kind, answers } = mail;
  const signed = verifyTokens(host, mail.recipientTokens);
  if (kind.type === "report") return interpretReport(host, { report: kind.report, signed, original });
  const conversation = await resolveConversation(host, signed, answers);
  if (kind.type === "not-a-message") {
    const related = conversation === null ? {} : { conversationId: conversation.id };
    return { outcome: "dropped", reason: kind.reason, detail: kind.detail, ...related };
  }
  if (conversation === null) return { outcome: "dropped", reason: "NOT_OURS", detail: notOurs };
  if (await isOwnMail(host, mail)) {
    const detail = "It has the Message-ID of an email that Afterchat has sent.";
    return { outcome: "dropped", reason: "OWN_MAIL", detail, conversationId: conversation.id };
  }
  if (conversation.erased) {
    return { outcome: "dropped", reason: "ERASED", detail: "Its visitor was erased.", conversationId: conversation.id };
  }
  if (conversation.blocked) {
    return {
      outcome: "dropped",
      reason: "BLOCKED",
      detail: "Staff have blocked its visitor.",
      conversationId: conversation.id,
    };
  }
  const { content } = original;
  const { text, attachments } = mail.message;
  const event: InboundEvent = {
    type: "message",
    // Without a Message-ID, the key under which it is stored.
    externalId: mail.messageId ?? original.key,
    at: envelope.arrivedAt === null ? original.receivedAt : new Date(envelope.arrivedAt),
    conversationId: conversation.id,
    text,
    answers,
    sender: await authenticateSender(options, mail.sender, { content, envelope }, signal),
    attachments: attachments.map(({ name, contentType, content }) => ({ name, contentType, content })),
  };
  return { outcome: "events", events: [event] };
}

/** Mailing lists and forwarders may replace From, but keep the Message-ID. */
async function isOwnMail(host: Pick<ChannelHost, "findConversation">, { messageId }: ReadMail): Promise<boolean> {
  return messageId !== null && (await host.findConversation({ names: deliveryNames([messageId]) })) !== null;
}
