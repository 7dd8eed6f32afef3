import { type ChannelHost, isSameSecret, type RouteHandler } from "afterchat/channel";
import { z } from "zod";
import { MailHeaders } from "../mail-headers.js";
import { refuse } from "../sources/refuse.js";
import type { KeepingHost } from "../store-mail.js";
import { type Provider, refuseLoudly, takeMail } from "./accept-mail.js";

/** 200 and 403 end it; after anything else Postmark posts again, ten times in 10 hours. */
const postmark: Provider = { name: "Postmark", refusesForGood: 403 };

/** The user in the address that Postmark posts to. */
const postmarkUser = "afterchat";

/** Of an inbound post, what is needed. https://postmarkapp.com/developer/webhooks/inbound-webhook */
const inboundPost = z.object({
  RawEmail: z.string().min(1).optional(),
  OriginalRecipient: z.string().optional(),
  MessageID: z.string().optional(),
});

export interface PostmarkOptions {
  readonly host: KeepingHost & Pick<ChannelHost, "logger">;
  /** The password in the address: Postmark signs nothing. */
  readonly secret: string;
  readonly maxSizeBytes: number;
}

/** What an inbound stream posts with "Include raw email content in JSON payload". */
export function postmarkWebhook({ host, secret, maxSizeBytes }: PostmarkOptions): RouteHandler {
  return async (request) => {
    if (request.method !== "POST") return refuse(405, "Let an inbound stream of Postmark post to this address.");
    if (!knows(secret, request.headers.get("authorization") ?? "")) {
      // Not 403, after which Postmark drops the mail: the operator may still mend the address.
      const response = refuseLoudly(host, postmark.name, 401, unknownPassword);
      response.headers.set("www-authenticate", 'Basic realm="Afterchat", charset="UTF-8"');
      return response;
    }
    const post = readPost(Buffer.from(await request.arrayBuffer()));
    if (post === null) return refuseLoudly(host, postmark.name, 400, "The body is no inbound message of Postmark's.");
    if (post.RawEmail === undefined) return refuseLoudly(host, postmark.name, 400, notRaw);
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
    return takeMail({ host, maxSizeBytes }, postmark, { raw, envelope });
  };
}

const unknownPassword = `User or password are missing or wrong: the address is https://${postmarkUser}:EMAIL_POSTMARK_SECRET@…`;
const notRaw =
  'RawEmail is missing: tick "Include raw email content in JSON payload" in the inbound stream\'s settings.';

function knows(secret: string, authorization: string): boolean {
  const given = /^basic +(\S+)$/i.exec(authorization.trim())?.[1] ?? "";
  return isSameSecret(Buffer.from(given, "base64").toString(), `${postmarkUser}:${secret}`);
}

function readPost(body: Buffer): z.infer<typeof inboundPost> | null {
  try {
    return inboundPost.parse(JSON.parse(body.toString()));
  } catch {
    // No JSON, or of another shape: the caller refuses it.
    return null;
  }
}

/** Postmark names the envelope's sender only in the Received-SPF that it puts on top. */
function returnPath(raw: Buffer): string | null {
  const named = /(?:^|[\s;])envelope-from\s*=\s*"?<?([^\s;<>"]+@[^\s;<>"]+)/i;
  return named.exec(MailHeaders.read(raw).first("received-spf"))?.[1] ?? null;
}
