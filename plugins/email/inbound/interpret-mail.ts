import type { ChannelHost, InboundEvent, Interpretation, KeptOriginal } from "afterchat/channel";
import { authenticateSender, type Resolve } from "./authentication/authenticate-sender.js";
import { classifyMail } from "./classify-mail.js";
import { type InboundEnvelope, inboundEnvelope } from "./envelope.js";
import { findSignedIds } from "./find-signed-ids.js";
import { notOurs } from "./mail-of-nobody.js";
import { answeredNames, deliveryNames, parseMessageIds } from "./message-ids.js";
import { type InboundMail, parseMail } from "./parse-mail.js";
import { readMessage } from "./read-message.js";
import { interpretReport } from "./reports/interpret-report.js";
import { resolveConversation } from "./resolve-conversation.js";

export interface InterpretOptions {
  readonly host: Pick<ChannelHost, "verify" | "findConversation">;
  /** The address in From of Afterchat's emails. */
  readonly from: string;
  /** Afterchat receives mail for every address of this domain; null: only for plus addresses of `from`. */
  readonly replyDomain: string | null;
  /** The server whose Authentication-Results are trusted; null: none. */
  readonly authservId: string | null;
  readonly resolve: Resolve;
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
  const { host } = options;
  const envelope = inboundEnvelope.safeParse(original.envelope).data ?? unknownEnvelope;
  const mail = await parseMail(original.content, signal);
  if (mail.headers.isEmpty) return { outcome: "dropped", reason: "UNREADABLE", detail: "It has no headers." };
  const signed = findSignedIds(host, envelope, mail.headers);
  const answers = answeredNames(mail.headers);
  const kind = classifyMail(mail, envelope, options);
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
  const sender = await authenticateSender(options, original.content, mail, envelope, signal);
  const { text, attachments } = readMessage(mail);
  const event: InboundEvent = {
    type: "message",
    externalId: externalIdOf(mail, original),
    at: envelope.arrivedAt === null ? original.receivedAt : new Date(envelope.arrivedAt),
    conversationId: conversation.id,
    text: [text, extentNotice(mail.extent)].filter((part) => part !== "").join("\n\n"),
    answers,
    sender,
    attachments: attachments.map(({ name, contentType, content }) => ({ name, contentType, content })),
  };
  return { outcome: "events", events: [event] };
}

/** Mailing lists and forwarders may replace From, but keep the Message-ID. */
async function isOwnMail(host: Pick<ChannelHost, "findConversation">, { headers }: InboundMail): Promise<boolean> {
  const names = deliveryNames(parseMessageIds(headers.first("message-id")).slice(0, 1));
  return names.length > 0 && (await host.findConversation({ names })) !== null;
}

/** Its Message-ID; without one, the key under which it is stored. */
function externalIdOf(mail: InboundMail, original: KeptOriginal): string {
  return parseMessageIds(mail.headers.first("message-id"))[0] ?? original.key;
}

function extentNotice(extent: InboundMail["extent"]): string {
  switch (extent) {
    case "whole":
      return "";
    case "truncated":
      return "[This email is too large to be read to its end: see the original for the rest.]";
    case "unreadable":
      return "[This email could not be read: see the original.]";
  }
}
