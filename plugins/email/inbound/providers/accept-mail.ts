import type { ChannelHost } from "afterchat/channel";
import { MailHeaders } from "../mail-headers.js";
import { refuse } from "../sources/refuse.js";
import { type IncomingMail, type KeepingHost, keepMail } from "../store-mail.js";
import { keepTooLarge } from "../too-large.js";

export interface Provider {
  readonly name: "Mailgun" | "Postmark" | "SendGrid";
  /** The status after which it does not post the same mail again, where no other has that meaning; null: any 4xx has. */
  readonly refusesForGood: number | null;
}

export interface Taking {
  readonly host: KeepingHost & Pick<ChannelHost, "logger">;
  readonly maxSizeBytes: number;
}

/**
 * Stores a mail that a provider has posted, and proven to be its own. 200: it is stored. 503: post it again.
 * 400 (no mail), 413 (too large) or the provider's own status: it never will be; of one that is too large the header is kept.
 */
export async function takeMail(
  { host, maxSizeBytes }: Taking,
  provider: Provider,
  mail: IncomingMail,
): Promise<Response> {
  const { raw } = mail;
  if (MailHeaders.read(raw).isEmpty)
    return refuseForGood(host, provider, 400, "What was posted as a raw mail is none.");
  try {
    if (raw.length > maxSizeBytes) {
      await keepTooLarge(host, mail, { sizeBytes: raw.length, maxSizeBytes });
      return refuseForGood(host, provider, 413, `A mail may have ${maxSizeBytes} bytes (EMAIL_MAX_SIZE_BYTES).`);
    }
    await keepMail(host, mail);
    return Response.json({ statusCode: 200, message: "Stored." });
  } catch (error) {
    return refuseForNow(host, provider, error);
  }
}

export function refuseForNow(host: Pick<ChannelHost, "logger">, { name }: Provider, error: unknown): Response {
  host.logger.warn("A mail could not be stored: its provider was asked to post it again", { provider: name, error });
  return refuse(503, "The mail could not be stored: post it again later.");
}

export function refuseForGood(
  host: Pick<ChannelHost, "logger">,
  { name, refusesForGood }: Provider,
  status: number,
  reason: string,
): Response {
  return refuseLoudly(host, name, refusesForGood ?? status, reason);
}

/** Nobody reads what a provider is answered, and its mails may be lost: the operator must hear of it. */
export function refuseLoudly(
  host: Pick<ChannelHost, "logger">,
  provider: Provider["name"],
  status: number,
  reason: string,
): Response {
  host.logger.warn("A post of a mail provider was refused", { provider, status, reason });
  return refuse(status, reason);
}
