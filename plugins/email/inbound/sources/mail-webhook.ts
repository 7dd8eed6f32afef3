import { type ChannelHost, hasRecentSignature, isSignedWebhook } from "afterchat/channel";
import { barePath } from "../envelope.js";
import { MailHeaders } from "../mail-headers.js";
import { type IncomingMail, type StoreHost, storeMail } from "../store-mail.js";
import { refuse, tooMuchMail } from "./refuse.js";

export interface MailWebhookOptions {
  readonly host: StoreHost & Pick<ChannelHost, "logger">;
  readonly secret: string;
  readonly maxSizeBytes: number;
}

/**
 * `POST /webhooks/email` with a raw email as the body, signed according to Standard Webhooks. The envelope is in
 * X-Afterchat-From (`<>` for the null sender) and X-Afterchat-To (repeated or comma-separated). 204: the email is stored.
 * 403: invalid signature; 400: not an email; 413: too large; 503: it could not be stored, send it again.
 */
export function mailWebhook({
  host,
  secret,
  maxSizeBytes,
}: MailWebhookOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== "POST") return refuse(405, "POST a raw email to this URL.");
    // Before the body is read.
    if (!hasRecentSignature(request.headers, host.now())) return refuse(403, notSigned);
    const raw = Buffer.from(await request.arrayBuffer());
    if (!isSignedWebhook(secret, request.headers, raw, host.now())) return refuse(403, notSigned);
    if (raw.length > maxSizeBytes)
      return refuse(413, `The email is larger than ${maxSizeBytes} bytes (EMAIL_MAX_SIZE_BYTES).`);
    if (MailHeaders.read(raw).isEmpty) return refuse(400, "The body is not an email: it must begin with a header.");
    try {
      const outcome = await storeMail(host, mailOf(request.headers, raw));
      if (outcome === "refused") return refuse(503, tooMuchMail);
      return new Response(null, { status: 204 });
    } catch (error) {
      host.logger.warn("An email could not be stored: its sender was asked to try again", { via: "webhook", error });
      return refuse(503, "The email could not be stored: send it again later.");
    }
  };
}

const notSigned =
  "webhook-signature is missing, wrong, or over 5 minutes off: check EMAIL_WEBHOOK_SECRET and both clocks.";

function mailOf(headers: Headers, raw: Buffer): IncomingMail {
  const recipients = (headers.get("x-afterchat-to") ?? "").split(",").map((recipient) => recipient.trim());
  const from = headers.get("x-afterchat-from");
  return {
    raw,
    envelope: {
      via: "webhook",
      from: from === null ? null : barePath(from),
      to: recipients.filter((recipient) => recipient !== ""),
      remoteAddress: null,
      helo: null,
      arrivedAt: null,
      providerId: null,
    },
  };
}
