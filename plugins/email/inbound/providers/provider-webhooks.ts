import type { ChannelHost, RouteHandler } from "afterchat/channel";
import type { InboundConfig } from "../inbound-settings.js";
import { mailgunWebhook } from "./mailgun.js";
import { postmarkWebhook } from "./postmark.js";
import { sendGridWebhook } from "./sendgrid.js";

/** Postmark takes 35 MB and posts attachments twice, in the raw mail and apart; forms of the others are smaller. */
export const maxPostBytes = 80 * 1024 * 1024;

/** The webhooks of the mail providers that are set up, by path under `/webhooks/email/`. Mailgun's must end with `mime`. */
export function providerWebhooks(inbound: InboundConfig, host: ChannelHost): Readonly<Record<string, RouteHandler>> {
  const { maxSizeBytes, mailgunSigningKey, postmarkSecret, sendGridKey } = inbound;
  const taking = { host, maxSizeBytes };
  const webhooks: Record<string, RouteHandler> = {};
  if (mailgunSigningKey !== null)
    webhooks["mailgun/mime"] = mailgunWebhook({ ...taking, signingKey: mailgunSigningKey });
  if (postmarkSecret !== null) webhooks.postmark = postmarkWebhook({ ...taking, secret: postmarkSecret });
  if (sendGridKey !== null) webhooks.sendgrid = sendGridWebhook({ ...taking, publicKey: sendGridKey });
  return webhooks;
}
