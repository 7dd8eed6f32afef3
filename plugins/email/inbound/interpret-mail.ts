import type { ChannelHost, InboundEvent, Interpretation, KeptOriginal } from "afterchat/channel";
import { authenticateSender, type Resolve } from "./authentication/authenticate-sender.js";
import { classifyMail } from "./classify-mail.js";
import { type InboundEnvelope, inboundEnvelope } from "./envelope.js";
import { findSigned } from "./find-signed-ids.js";
import { answeredNames, messageIds, namesOf } from "./message-ids.js";
import { type InboundMail, parseMail } from "./parse-mail.js";
import { readWords } from "./read-message.js";
import { interpretReport } from "./reports/interpret-report.js";
import { findConversationRef } from "./resolve-conversation.js";

export interface InterpretingMail {
  readonly host: Pick<ChannelHost, "verify" | "findConversation">;
  /** The address in From of our own mails. */
  readonly from: string;
  /** Every mailbox of this domain is ours; null: only plus addresses of `from` are. */
  readonly replyDomain: string | null;
  /** Who writes the Authentication-Results that count; null: nobody does. */
  readonly authservId: string | null;
  readonly resolve: Resolve;
}

/** What is known of a mail whose way in told nothing. */
const unknownEnvelope: InboundEnvelope = {
  via: "webhook",
  from: null,
  to: [],
  remoteAddress: null,
  helo: null,
  arrivedAt: null,
  providerId: null,
};

/** Says what a mail means. Never throws for what the mail holds; changes nothing. */
export async function interpretMail(
  interpreting: InterpretingMail,
  original: KeptOriginal,
  signal: AbortSignal,
): Promise<Interpretation> {
  const { host } = interpreting;
  const envelope = inboundEnvelope.safeParse(original.envelope).data ?? unknownEnvelope;
  const mail = await parseMail(original.content, signal);
  if (mail.headers.isEmpty) return { outcome: "dropped", reason: "UNREADABLE", detail: "It has no header at all." };
  const signed = findSigned(host, envelope, mail.headers);
  const answers = answeredNames(mail.headers);
  const kind = classifyMail(mail, envelope, interpreting);
  if (kind.type === "report") return interpretReport(host, { report: kind.report, signed, original });
  const place = await findConversationRef(host, signed, answers);
  if (kind.type === "no-message") {
    const concerns = place === null ? {} : { conversationId: place.id };
    return { outcome: "dropped", reason: kind.reason, detail: kind.detail, ...concerns };
  }
  if (place === null) return { outcome: "dropped", reason: "NOT_OURS", detail: notOurs };
  if (await isOwnMail(host, mail)) {
    const detail = "It is a mail that Afterchat has sent: it has its Message-ID.";
    return { outcome: "dropped", reason: "OWN_MAIL", detail, conversationId: place.id };
  }
  if (place.erased) {
    return { outcome: "dropped", reason: "ERASED", detail: "Its visitor was erased.", conversationId: place.id };
  }
  const sender = await authenticateSender(interpreting, original.content, mail, envelope, signal);
  const { text, attachments } = readWords(mail);
  const event: InboundEvent = {
    type: "message",
    externalId: nameOf(mail, original),
    at: envelope.arrivedAt === null ? original.receivedAt : new Date(envelope.arrivedAt),
    conversationId: place.id,
    text: [text, extentNotice(mail.extent)].filter((words) => words !== "").join("\n\n"),
    answers,
    sender,
    attachments: attachments.map(({ name, contentType, content }) => ({ name, contentType, content })),
  };
  return { outcome: "events", events: [event] };
}

const notOurs = "It was sent to no address that Afterchat has signed, and answers nothing that Afterchat has sent.";

/** Lists and forwarders may put another address into From, but keep the Message-ID. */
async function isOwnMail(host: Pick<ChannelHost, "findConversation">, { headers }: InboundMail): Promise<boolean> {
  const names = namesOf(messageIds(headers.first("message-id")).slice(0, 1));
  return names.length > 0 && (await host.findConversation({ names })) !== null;
}

/** Its Message-ID; without one, what it is kept under. */
function nameOf(mail: InboundMail, original: KeptOriginal): string {
  return messageIds(mail.headers.first("message-id"))[0] ?? original.key;
}

function extentNotice(extent: InboundMail["extent"]): string {
  switch (extent) {
    case "whole":
      return "";
    case "cut":
      return "[This email is too large to be read to its end: the original holds the rest.]";
    case "unreadable":
      return "[This email could not be read: the original holds it.]";
  }
}
