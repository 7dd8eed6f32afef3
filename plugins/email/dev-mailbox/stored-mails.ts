import { createHash } from "node:crypto";
import type { ChannelHost } from "afterchat/channel";
import { createTransport } from "nodemailer";
import { z } from "zod";
import type { ComposedMail } from "../outgoing/compose-mail.js";
import { toNodemailerMessage } from "../outgoing/nodemailer-message.js";

/** Older emails are deleted. */
const maxMails = 500;
/** Lists only read summaries, not 500 whole emails. */
const summaryPrefix = "summary/";
const mailPrefix = "mail/";
/** The time and the delivery's reference: what comes from a URL and looks otherwise is not looked up. */
const idFormat = /^[A-Za-z0-9]{1,40}-[a-z0-9]{1,40}$/;

const mailSummary = z.object({ from: z.string(), to: z.string(), subject: z.string(), sentAt: z.iso.datetime() });
const storedMail = mailSummary.extend({
  /** The visitor's; null if it is unknown, or withheld. */
  name: z.string().nullable(),
  /** Leads back into the conversation. */
  link: z.string(),
  headers: z.array(z.object({ name: z.string(), value: z.string() })),
  text: z.string(),
  html: z.string(),
  attachments: z.array(z.object({ name: z.string(), contentType: z.string(), sizeBytes: z.number() })),
});

/**
 * What lists show of an email. Ids start with the time, so that they sort chronologically, and end with the delivery's
 * reference.
 */
type MailSummary = z.infer<typeof mailSummary> & { readonly id: string };
export type StoredMail = z.infer<typeof storedMail> & { readonly id: string };

export interface MailList {
  /** Newest first. */
  readonly mails: readonly MailSummary[];
  /** Another one means that the list has changed. */
  readonly revision: string;
}

/** The emails of the dev mailbox, in the channel's store. */
export class StoredMails {
  readonly #store: ChannelHost["store"];

  constructor({ store }: Pick<ChannelHost, "store">) {
    this.#store = store;
  }

  async list(): Promise<MailList> {
    const entries = await this.#store.list(summaryPrefix, maxMails);
    const mails = entries.map(({ key, value }) => ({
      id: key.slice(summaryPrefix.length),
      ...mailSummary.parse(value),
    }));
    const hash = createHash("sha256");
    for (const { id, sentAt } of mails) hash.update(`${id} ${sentAt}\n`);
    return { mails, revision: hash.digest("base64url").slice(0, 16) };
  }

  /** Null: there is none, or it is no longer stored. */
  async read(id: string): Promise<StoredMail | null> {
    const value = idFormat.test(id) ? await this.#store.get(mailPrefix + id) : undefined;
    return value === undefined ? null : { id, ...storedMail.parse(value) };
  }

  /** Stores an email, erased with its conversation, and deletes the oldest beyond the maximum. */
  async write(mail: ComposedMail, conversationId: string): Promise<void> {
    const reference = mail.messageId.slice(1, mail.messageId.indexOf("@"));
    // Some more than the maximum, which concurrent deliveries may have left.
    const summaries = await this.#store.list(summaryPrefix, maxMails + 20);
    // A repeated attempt replaces the earlier one, as an email client shows one email per Message-ID.
    const id =
      summaries.find(({ key }) => key.endsWith(`-${reference}`))?.key.slice(summaryPrefix.length) ??
      `${mail.date.toISOString().replace(/[-:.]/g, "")}-${reference}`;
    const summary = {
      from: `${mail.from.name} <${mail.from.address}>`,
      to: mail.to,
      subject: mail.subject,
      sentAt: mail.date.toISOString(),
    };
    const whole = {
      ...summary,
      name: mail.visitorName,
      link: mail.link,
      headers: await headersOf(mail),
      text: mail.text,
      html: mail.html,
      // Without their content, which is stored with the conversation.
      attachments: mail.attachments.map(({ name, contentType, content }) => ({
        name,
        contentType,
        sizeBytes: content.length,
      })),
    };
    await this.#store.set(mailPrefix + id, whole, { conversationId });
    await this.#store.set(summaryPrefix + id, summary, { conversationId });
    const older = summaries.filter(({ key }) => key !== summaryPrefix + id);
    for (const { key } of older.slice(maxMails - 1)) {
      await this.#store.delete(mailPrefix + key.slice(summaryPrefix.length));
      await this.#store.delete(key);
    }
  }
}

/**
 * The headers as an email client gets them, unfolded: what an SMTP server would receive, below the Return-Path in which the last server
 * writes down the envelope's sender.
 */
async function headersOf(mail: ComposedMail): Promise<{ name: string; value: string }[]> {
  const builder = createTransport({ streamTransport: true, buffer: true, newline: "unix" });
  const attachments = mail.attachments.map((file) => ({ ...file, content: Buffer.alloc(0) }));
  const { message } = await builder.sendMail(toNodemailerMessage({ ...mail, attachments }));
  const [header = ""] = String(message).split("\n\n", 1);
  const fields = header
    .replace(/\n[ \t]+/g, " ")
    .split("\n")
    .map((line) => {
      const colon = line.indexOf(":");
      return { name: line.slice(0, colon), value: line.slice(colon + 1).trim() };
    });
  return [{ name: "Return-Path", value: `<${mail.envelope.from}>` }, ...fields];
}
