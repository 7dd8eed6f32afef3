import type { ChannelHost } from "afterchat/channel";
import { MailHeaders } from "../mail-headers.js";
import { storeOversizedMail } from "../oversized-mail.js";
import { refuse, tooMuchMail } from "../sources/refuse.js";
import { type IncomingMail, type StoreHost, storeMail } from "../store-mail.js";

export interface Provider {
  readonly name: "Mailgun" | "Postmark" | "SendGrid";
  /** The only status after which it does not post the same email again; null: any 4xx. */
  readonly permanentStatus: number | null;
}

export interface AcceptOptions {
  readonly host: StoreHost & Pick<ChannelHost, "logger">;
  readonly maxSizeBytes: number;
}

/**
 * Stores an email from an authenticated post of a provider. 200: it is stored. 503: the provider should post it again.
 * 400 (not an email), 413 (too large) or the provider's permanent status: it is refused permanently; if it is too
 * large, its header is stored.
 */
export async function acceptMail(
  { host, maxSizeBytes }: AcceptOptions,
  provider: Provider,
  mail: IncomingMail,
): Promise<Response> {
  const { raw } = mail;
  if (MailHeaders.read(raw).isEmpty) return refusePermanently(host, provider, 400, "The raw email has no header.");
  try {
    if (raw.length > maxSizeBytes) {
      const outcome = await storeOversizedMail(host, mail, { sizeBytes: raw.length, maxSizeBytes });
      if (outcome === "refused") return refuse(503, tooMuchMail);
      return refusePermanently(
        host,
        provider,
        413,
        `The email is larger than ${maxSizeBytes} bytes (EMAIL_MAX_SIZE_BYTES).`,
      );
    }
    if ((await storeMail(host, mail)) === "refused") return refuse(503, tooMuchMail);
    return Response.json({ statusCode: 200, message: "Stored." });
  } catch (error) {
    return refuseTemporarily(host, provider, error);
  }
}

export function refuseTemporarily(host: Pick<ChannelHost, "logger">, { name }: Provider, error: unknown): Response {
  host.logger.warn("An email could not be stored: its provider was asked to post it again", { provider: name, error });
  return refuse(503, "The email could not be stored: post it again later.");
}

export function refusePermanently(
  host: Pick<ChannelHost, "logger">,
  { name, permanentStatus }: Provider,
  status: number,
  reason: string,
): Response {
  return refuseAndLog(host, name, permanentStatus ?? status, reason);
}

/** Logs a refusal, because nobody reads the response to a provider and emails may be lost. */
export function refuseAndLog(
  host: Pick<ChannelHost, "logger">,
  provider: Provider["name"],
  status: number,
  reason: string,
): Response {
  host.logger.warn("A post from an email provider was refused", { provider, status, reason });
  return refuse(status, reason);
}
