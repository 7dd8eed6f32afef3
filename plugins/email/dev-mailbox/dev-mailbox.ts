import type { ChannelHost, DeliveryResult } from "afterchat/channel";
import { createTransport } from "nodemailer";
import { z } from "zod";
import type { ComposedMail } from "../outgoing/compose-mail.js";
import type { MailTransport } from "../outgoing/mail-transport.js";
import { nodemailerMessage } from "../outgoing/nodemailer-message.js";
import { mailboxRoutes } from "./routes.js";

/** Mails kept; older ones go. */
const MAX_MAILS = 500;
/** A list is made from summaries, so that 500 mails need not be read for it. */
const SUMMARY = "summary/";
const MAIL = "mail/";

const mailSummary = z.object({ from: z.string(), to: z.string(), subject: z.string(), sentAt: z.string() });
const keptMail = mailSummary.extend({
  headers: z.array(z.object({ name: z.string(), value: z.string() })),
  text: z.string(),
  html: z.string(),
  // Mails that an earlier version kept have none.
  attachments: z.array(z.object({ name: z.string(), contentType: z.string(), sizeBytes: z.number() })).default([]),
});
export type MailSummary = z.infer<typeof mailSummary> & { readonly id: string };
export type KeptMail = z.infer<typeof keptMail> & { readonly id: string };

/** What the pages read. Ids are sortable times with the delivery's reference: newest is greatest. */
export interface Mailbox {
  list(): Promise<readonly MailSummary[]>;
  read(id: string): Promise<KeptMail | null>;
}

/** Keeps what would have been sent, for development and trying out, and shows it at /mailbox. */
export function mailboxTransport(host: ChannelHost): MailTransport {
  const { store } = host;
  const mailbox: Mailbox = {
    async list() {
      const entries = await store.list(SUMMARY, MAX_MAILS);
      return entries.map(({ key, value }) => ({ id: key.slice(SUMMARY.length), ...mailSummary.parse(value) }));
    },
    async read(id) {
      const value = await store.get(MAIL + id);
      return value === undefined ? null : { id, ...keptMail.parse(value) };
    },
  };
  const key = host.sign("mailbox", "key");
  const address = new URL("mailbox", host.publicUrl.href.replace(/\/?$/, "/"));

  return {
    async send(mail, conversationId, signal): Promise<DeliveryResult> {
      if (signal.aborted) {
        return { outcome: "retry", failure: { code: "TIMED_OUT", detail: "Stopped before the mail was kept" } };
      }
      try {
        await keep(host, mail, conversationId);
      } catch (error) {
        host.logger.error("A mail could not be kept in the mailbox", { error });
        return { outcome: "retry", failure: { code: "UNAVAILABLE", detail: "The mailbox could not be written" } };
      }
      return { outcome: "accepted", externalIds: [mail.messageId], thread: { ...mail.thread } };
    },
    checkHealth: async () => ({ ok: true, detail: `Mails are not sent but kept at ${address.href}` }),
    close: async () => {},
    routes: mailboxRoutes(mailbox, key, address),
    shortRoutes: ["mailbox"],
    startNotes: [`Mailbox: ${address.href}`, `Mailbox key: ${key}`],
  };
}

async function keep(host: ChannelHost, mail: ComposedMail, conversationId: string): Promise<void> {
  const { store } = host;
  const reference = mail.messageId.slice(1, mail.messageId.indexOf("@"));
  // A few more than are kept: those that concurrent deliveries left over.
  const summaries = await store.list(SUMMARY, MAX_MAILS + 20);
  // A repeated attempt takes the place of the earlier one, as a mail program shows one mail for one Message-ID.
  const id =
    summaries.find(({ key }) => key.endsWith(`-${reference}`))?.key.slice(SUMMARY.length) ??
    `${mail.date.toISOString().replace(/[-:.]/g, "")}-${reference}`;
  const headers = await headersOf(mail);
  const summary = {
    from: `${mail.from.name} <${mail.from.address}>`,
    to: mail.to,
    subject: mail.subject,
    sentAt: mail.date.toISOString(),
  };
  // Their names: the content stays with the conversation.
  const attachments = mail.attachments.map(({ name, contentType, content }) => ({
    name,
    contentType,
    sizeBytes: content.length,
  }));
  await store.set(
    MAIL + id,
    { ...summary, headers, text: mail.text, html: mail.html, attachments },
    { conversationId },
  );
  await store.set(SUMMARY + id, summary, { conversationId });
  const others = summaries.filter(({ key }) => key !== SUMMARY + id);
  for (const { key } of others.slice(MAX_MAILS - 1)) {
    await store.delete(MAIL + key.slice(SUMMARY.length));
    await store.delete(key);
  }
}

/** The header of the mail exactly as an SMTP server would get it, unfolded. */
async function headersOf(mail: ComposedMail): Promise<{ name: string; value: string }[]> {
  const builder = createTransport({ streamTransport: true, buffer: true, newline: "unix" });
  const attachments = mail.attachments.map((file) => ({ ...file, content: Buffer.alloc(0) }));
  const { message } = await builder.sendMail(nodemailerMessage({ ...mail, attachments }));
  const [header = ""] = String(message).split("\n\n", 1);
  return header
    .replace(/\n[ \t]+/g, " ")
    .split("\n")
    .map((line) => {
      const colon = line.indexOf(":");
      return { name: line.slice(0, colon), value: line.slice(colon + 1).trim() };
    });
}
