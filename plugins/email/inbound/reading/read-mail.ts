import type { DeliveryName } from "afterchat/channel";
import { type ReadSender, readSender } from "../authentication/read-sender.js";
import { classifyMail, type MailKind, type OwnAddresses } from "../classify-mail.js";
import type { InboundEnvelope } from "../envelope.js";
import { recipientTokens } from "../find-signed-ids.js";
import { MailHeaders } from "../mail-headers.js";
import { answeredNames, parseMessageIds } from "../message-ids.js";
import { type InboundMail, parseMail } from "../parse-mail.js";
import { type MessageContent, readMessage } from "../read-message.js";

export interface MailToRead {
  readonly content: Uint8Array;
  readonly envelope: InboundEnvelope;
  readonly own: OwnAddresses;
  /** See `readSender`. */
  readonly authservId: string | null;
  /** `header`: the rest of the email could not be read. */
  readonly extent: "whole" | "header";
}

/** What an email says, as far as that depends on the email alone: plain data, which processes can pass on. */
export interface ReadMail {
  readonly hasHeader: boolean;
  /** What may be signed tokens in the addresses that it was sent to. */
  readonly recipientTokens: readonly string[];
  /** The emails that it answers. */
  readonly answers: readonly DeliveryName[];
  readonly messageId: string | null;
  readonly kind: MailKind;
  /** What a person wrote; empty for an email of another kind. */
  readonly message: MessageContent;
  readonly sender: ReadSender;
}

/** Reads an email. Never throws because of its content. */
export async function readMail({ content, envelope, own, authservId, extent }: MailToRead): Promise<ReadMail> {
  const mail = extent === "whole" ? await parseMail(content) : headerOnly(content);
  const { headers } = mail;
  const kind = classifyMail(mail, envelope, own);
  return {
    hasHeader: !headers.isEmpty,
    recipientTokens: recipientTokens(envelope, headers),
    answers: answeredNames(headers),
    messageId: parseMessageIds(headers.first("message-id"))[0] ?? null,
    kind,
    message: kind.type === "message" ? messageOf(mail) : { text: "", attachments: [] },
    sender: readSender(mail, envelope, authservId),
  };
}

function headerOnly(content: Uint8Array): InboundMail {
  const nothing = { subject: null, body: { text: null, html: null }, parts: [] };
  return { headers: MailHeaders.read(content), ...nothing, extent: "unreadable" };
}

function messageOf(mail: InboundMail): MessageContent {
  switch (mail.extent) {
    case "whole":
      return readMessage(mail);
    case "truncated": {
      const { text, attachments } = readMessage(mail);
      return { text: text === "" ? truncated : `${text}\n\n${truncated}`, attachments };
    }
    case "unreadable":
      return { text: "[This email could not be read: see the original.]", attachments: [] };
  }
}

const truncated = "[This email is too large to be read to its end: see the original for the rest.]";
