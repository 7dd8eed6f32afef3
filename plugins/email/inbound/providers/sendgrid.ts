import type { KeyObject } from "node:crypto";
import type { ChannelHost, RouteHandler } from "afterchat/channel";
import { z } from "zod";
import { senderServer } from "../authentication/sender-server.js";
import { barePath } from "../envelope.js";
import { refuse } from "../sources/refuse.js";
import type { KeepingHost } from "../store-mail.js";
import { type Provider, refuseLoudly, takeMail } from "./accept-mail.js";
import { readForm } from "./read-form.js";
import { isSignedBySendGrid } from "./sendgrid-signature.js";

/** 2xx and 4xx end it; after 5xx SendGrid posts again, for 3 days. */
const sendGrid: Provider = { name: "SendGrid", refusesForGood: null };

/** The field `envelope`, in JSON. */
const smtpEnvelope = z.object({ from: z.string().nullable().default(null), to: z.array(z.string()).default([]) });

export interface SendGridOptions {
  readonly host: KeepingHost & Pick<ChannelHost, "logger">;
  readonly publicKey: KeyObject;
  readonly maxSizeBytes: number;
}

/**
 * What Inbound Parse posts with "POST the raw, full MIME message": a form with the raw mail in `email`. Its own verdicts
 * (SPF, dkim) are left alone; the address of the server that brought the mail is what SPF is judged by here.
 * https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook
 */
export function sendGridWebhook({ host, publicKey, maxSizeBytes }: SendGridOptions): RouteHandler {
  return async (request) => {
    if (request.method !== "POST") return refuse(405, "Let Inbound Parse of SendGrid post to this address.");
    const body = Buffer.from(await request.arrayBuffer());
    const header = (name: string) => request.headers.get(`x-twilio-email-event-webhook-${name}`) ?? "";
    const proof = { signature: header("signature"), timestamp: header("timestamp") };
    if (!isSignedBySendGrid(publicKey, proof, body, host.now()))
      return refuseLoudly(host, sendGrid.name, 403, notSigned);
    const form = await readForm(request.headers.get("content-type") ?? "", body);
    const raw = form?.get("email");
    if (form === null || raw === undefined) return refuseLoudly(host, sendGrid.name, 400, notRaw);
    const { from, to } = envelopeIn(form.get("envelope"));
    const envelope = {
      via: "sendgrid" as const,
      from: from === null ? null : barePath(from),
      to: to.map(barePath),
      remoteAddress: senderServer(form.get("sender_ip")?.toString().trim() ?? ""),
      helo: null,
      arrivedAt: null,
      providerId: null,
    };
    return takeMail({ host, maxSizeBytes }, sendGrid, { raw, envelope });
  };
}

const notSigned =
  "The signature is missing, wrong, or older than 4 days: attach a webhook security policy, and check EMAIL_SENDGRID_PUBLIC_KEY and the clocks.";
const notRaw = 'The field email is missing: tick "POST the raw, full MIME message" in the settings of Inbound Parse.';

/** Without a readable envelope the mail is still one: its header says whom it was for. */
function envelopeIn(field: Buffer | undefined): z.infer<typeof smtpEnvelope> {
  try {
    return smtpEnvelope.parse(JSON.parse(field?.toString() ?? "{}"));
  } catch {
    return { from: null, to: [] };
  }
}
