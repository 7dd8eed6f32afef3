import type { SendMailOptions } from "nodemailer";
import type { ComposedMail } from "./compose-mail.js";

/**
 * The mail as nodemailer takes it. Recipients are objects and the envelope is explicit: nodemailer reads a plain string
 * as a list of addresses.
 */
export function nodemailerMessage(mail: ComposedMail): SendMailOptions {
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
 * Quoted-printable where most is ASCII, base64 otherwise: what takes less room. nodemailer would find the same by counting
 * in every part of the mail, several times over.
 */
function textEncodingOf(text: string): "Q" | "B" {
  return Buffer.byteLength(text) - text.length > text.length / 3 ? "B" : "Q";
}
