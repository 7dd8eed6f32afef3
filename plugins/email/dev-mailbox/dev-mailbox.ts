import type { ChannelHost, DeliveryResult } from "afterchat/channel";
import { createTransport } from "nodemailer";
import { z } from "zod";
import type { ComposedMail } from "../outgoing/compose-mail.js";
import type { MailTransport } from "../outgoing/mail-transport.js";
import { toNodemailerMessage } from "../outgoing/nodemailer-message.js";
import { devMailboxRoutes } from "./routes.js";

/** Older emails are deleted. */
const MAX_MAILS = 500;
/** Lists only read summaries, not 500 whole emails. */
const SUMMARY = "summary/";
const MAIL = "mail/";

const mailSummary = z.object({ from: z.string(), to: z.string(), subject: z.string(), sentAt: z.string() });
const storedMail = mailSummary.extend({
  headers: z.array(z.object({ name: z.string(), value: z.string() })),
  text: z.string(),
  html: z.string(),
  attachments: z.array(z.object({ name: z.string(), contentType: z.string(), sizeBytes: z.number() })),
});
export type MailSummary = z.infer<typeof mailSummary> & { readonly id: string };
export type StoredMail = z.infer<typeof storedMail> & { readonly id: string };

/**
 * Read access for the pages. Ids start with the time, so that they sort chronologically, and end with the delivery's
 * reference.
 */
export interface DevMailbox {
  list(): Promise<readonly MailSummary[]>;
  read(id: string): Promise<StoredMail | null>;
}

/** Stores emails instead of sending them, for development, and shows them at /mailbox. */
export function createDevMailboxTransport(host: ChannelHost): MailTransport {
  const { store } = host;
  const mailbox: DevMailbox = {
    async list() {
      const entries = await store.list(SUMMARY, MAX_MAILS);
      return entries.map(({ key, value }) => ({ id: key.slice(SUMMARY.length), ...mailSummary.parse(value) }));
    },
    async read(id) {
      const value = await store.get(MAIL + id);
      return value === undefined ? null : { id, ...storedMail.parse(value) };
    },
  };
  const key = host.sign("mailbox", "key");
  const address = new URL("mailbox", host.publicUrl.href.replace(/\/?$/, "/"));

  return {
    async send(mail, conversationId, signal): Promise<DeliveryResult> {
      if (signal.aborted) {
        return { outcome: "retry", failure: { code: "TIMED_OUT", detail: "Stopped before the email was stored" } };
      }
      try {
        await storeMail(host, mail, conversationId);
      } catch (error) {
        host.logger.error("An email could not be stored in the dev mailbox", { error });
        return {
          outcome: "retry",
          failure: { code: "UNAVAILABLE", detail: "The email could not be stored in the dev mailbox" },
        };
      }
      return { outcome: "accepted", externalIds: [mail.messageId], thread: { ...mail.thread } };
    },
    checkHealth: async () => ({ ok: true, detail: `Emails are not sent but stored at ${address.href}` }),
    close: async () => {},
    routes: devMailboxRoutes(mailbox, key, address),
    shortRoutes: ["mailbox"],
    startNotes: [`Mailbox: ${address.href}`, `Mailbox key: ${key}`],
  };
}

async function storeMail(host: ChannelHost, mail: ComposedMail, conversationId: string): Promise<void> {
  const { store } = host;
  const reference = mail.messageId.slice(1, mail.messageId.indexOf("@"));
  // Some more than the maximum, which concurrent deliveries may have left.
  const summaries = await store.list(SUMMARY, MAX_MAILS + 20);
  // A repeated attempt replaces the earlier one, as an email client shows one email per Message-ID.
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
  // Without their content, which is stored with the conversation.
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
  const older = summaries.filter(({ key }) => key !== SUMMARY + id);
  for (const { key } of older.slice(MAX_MAILS - 1)) {
    await store.delete(MAIL + key.slice(SUMMARY.length));
    await store.delete(key);
  }
}

/** The headers exactly as an SMTP server would receive them, unfolded. */
async function headersOf(mail: ComposedMail): Promise<{ name: string; value: string }[]> {
  const builder = createTransport({ streamTransport: true, buffer: true, newline: "unix" });
  const attachments = mail.attachments.map((file) => ({ ...file, content: Buffer.alloc(0) }));
  const { message } = await builder.sendMail(toNodemailerMessage({ ...mail, attachments }));
  const [header = ""] = String(message).split("\n\n", 1);
  return header
    .replace(/\n[ \t]+/g, " ")
    .split("\n")
    .map((line) => {
      const colon = line.indexOf(":");
      return { name: line.slice(0, colon), value: line.slice(colon + 1).trim() };
    });
}
