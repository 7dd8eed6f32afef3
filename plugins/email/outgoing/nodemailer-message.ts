import type { SendMailOptions } from "nodemailer";
import type { ComposedMail } from "./compose-mail.js";

/**
 * The email in nodemailer's format. Recipients are objects and the envelope is explicit, because nodemailer parses a
 * string as a list of addresses.
 */
export function toNodemailerMessage(mail: ComposedMail): SendMailOptions {
  return {
    from: { ...mail.from },
    replyTo: { name: "", address: mail.replyTo },
    to: { name: "", address: mail.to },
    envelope: { from: mail.envelope.from, to: [mail.envelope.to] },
    messageId: mail.messageId,
    ...(mail.inReplyTo === null ? {} : { inReplyTo: mail.inReplyTo }),
    references: [...mail.references],
    subject: mail.subject,
    date: mail.date,
    headers: { ...mail.headers },
    textEncoding: textEncodingOf(mail.text),
    text: mail.text,
    html: mail.html,
    attachments: mail.attachments.map(({ name, contentType, content }) => ({
      filename: name,
      contentType,
      content,
      contentDisposition: "attachment",
    })),
    xMailer: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/**
 * Quoted-printable for mostly ASCII text, base64 otherwise: whichever is shorter. nodemailer would come to the same
 * result, but counts several times in every part.
 */
function textEncodingOf(text: string): "Q" | "B" {
  return Buffer.byteLength(text) - text.length > text.length / 3 ? "B" : "Q";
}
