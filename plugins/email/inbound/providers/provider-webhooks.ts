import type { ChannelHost, RouteHandler } from "afterchat/channel";
import type { InboundConfig } from "../inbound-settings.js";
import { mailgunWebhook } from "./mailgun.js";
import { postmarkWebhook } from "./postmark.js";
import { sendGridWebhook } from "./sendgrid.js";

/**
 * Twice the largest email: Postmark posts attachments twice, in the raw email and separately; the others' posts are smaller. All bodies
 * together may have little more.
 */
export const maxPostBytes = 54 * 1024 * 1024;

/** The webhooks of the configured email providers, by path under `/webhooks/email/`. Mailgun's must end with `mime`. */
export function providerWebhooks(inbound: InboundConfig, host: ChannelHost): Readonly<Record<string, RouteHandler>> {
  const { maxSizeBytes, mailgunSigningKey, postmarkSecret, sendGridKey } = inbound;
  const options = { host, maxSizeBytes };
  const webhooks: Record<string, RouteHandler> = {};
  if (mailgunSigningKey !== null)
    webhooks["mailgun/mime"] = mailgunWebhook({ ...options, signingKey: mailgunSigningKey });
  if (postmarkSecret !== null) webhooks.postmark = postmarkWebhook({ ...options, secret: postmarkSecret });
  if (sendGridKey !== null) webhooks.sendgrid = sendGridWebhook({ ...options, publicKey: sendGridKey });
  return webhooks;
}
