import { type ChannelHost, isSameSecret, type RouteHandler } from "afterchat/channel";
import { z } from "zod";
import { MailHeaders } from "../mail-headers.js";
import { refuse } from "../sources/refuse.js";
import type { StoreHost } from "../store-mail.js";
import { acceptMail, type Provider, refuseAndLog } from "./accept-mail.js";

/** After any status but 200 and 403 Postmark posts again, ten times in 10 hours. */
const postmark: Provider = { name: "Postmark", permanentStatus: 403 };

/** The user in the URL that Postmark posts to. */
const postmarkUser = "afterchat";

/** The fields of an inbound post that are needed. https://postmarkapp.com/developer/webhooks/inbound-webhook */
const inboundPost = z.object({
  RawEmail: z.string().min(1).optional(),
  OriginalRecipient: z.string().optional(),
  MessageID: z.string().optional(),
});

export interface PostmarkOptions {
  readonly host: StoreHost & Pick<ChannelHost, "logger">;
  /** The password in the URL: Postmark does not sign its posts. */
  readonly secret: string;
  readonly maxSizeBytes: number;
}

/** Receives what an inbound stream posts with "Include raw email content in JSON payload". */
export function postmarkWebhook({ host, secret, maxSizeBytes }: PostmarkOptions): RouteHandler {
  return async (request) => {
    if (request.method !== "POST") return refuse(405, "This URL is for a Postmark inbound stream.");
    if (!hasPassword(secret, request.headers.get("authorization") ?? "")) {
      // Not 403, after which Postmark drops the email: the operator can still correct the URL.
      const response = refuseAndLog(host, postmark.name, 401, wrongPassword);
      response.headers.set("www-authenticate", 'Basic realm="Afterchat", charset="UTF-8"');
      return response;
    }
    const post = readPost(Buffer.from(await request.arrayBuffer()));
    if (post === null) return refuseAndLog(host, postmark.name, 400, "The body is not an inbound message of Postmark.");
    if (post.RawEmail === undefined) return refuseAndLog(host, postmark.name, 400, missingRawMail);
    const raw = Buffer.from(post.RawEmail);
    const envelope = {
      via: "postmark" as const,
      from: returnPath(raw),
      to: post.OriginalRecipient ? [post.OriginalRecipient] : [],
      remoteAddress: null,
      helo: null,
      arrivedAt: null,
      providerId: post.MessageID ?? null,
    };
    return acceptMail({ host, maxSizeBytes }, postmark, { raw, envelope });
  };
}

const wrongPassword = `User or password is missing or wrong: the URL is https://${postmarkUser}:EMAIL_POSTMARK_SECRET@…`;
const missingRawMail =
  'RawEmail is missing: tick "Include raw email content in JSON payload" in the inbound stream\'s settings.';

function hasPassword(secret: string, authorization: string): boolean {
  const credentials = /^basic +(\S+)$/i.exec(authorization.trim())?.[1] ?? "";
  return isSameSecret(Buffer.from(credentials, "base64").toString(), `${postmarkUser}:${secret}`);
}

function readPost(body: Buffer): z.infer<typeof inboundPost> | null {
  try {
    return inboundPost.parse(JSON.parse(body.toString()));
  } catch {
    // Not JSON, or of another shape: the caller refuses it.
    return null;
  }
}

/** Postmark reports the envelope sender only in the Received-SPF header that it adds. */
function returnPath(raw: Buffer): string | null {
  const envelopeFrom = /(?:^|[\s;])envelope-from\s*=\s*"?<?([^\s;<>"]+@[^\s;<>"]+)/i;
  return envelopeFrom.exec(MailHeaders.read(raw).first("received-spf"))?.[1] ?? null;
}
