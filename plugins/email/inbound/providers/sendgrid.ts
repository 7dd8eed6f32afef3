import type { KeyObject } from "node:crypto";
import type { ChannelHost, RouteHandler } from "afterchat/channel";
import { z } from "zod";
import { senderServer } from "../authentication/sender-server.js";
import { barePath } from "../envelope.js";
import { refuse } from "../sources/refuse.js";
import type { StoreHost } from "../store-mail.js";
import { acceptMail, type Provider, refuseAndLog } from "./accept-mail.js";
import { readForm } from "./read-form.js";
import { isRecent, isSignedBySendGrid } from "./sendgrid-signature.js";

/** After 5xx SendGrid posts again, for 3 days. */
const sendGrid: Provider = { name: "SendGrid", permanentStatus: null };

/** The field `envelope`, as JSON. */
const smtpEnvelope = z.object({ from: z.string().nullable().default(null), to: z.array(z.string()).default([]) });

export interface SendGridOptions {
  readonly host: StoreHost & Pick<ChannelHost, "logger">;
  readonly publicKey: KeyObject;
  readonly maxSizeBytes: number;
}

/**
 * Receives what Inbound Parse posts with "POST the raw, full MIME message": a form with the raw email in `email`. Its
 * results for SPF and DKIM are ignored; Afterchat checks SPF itself, with the address of the sending server.
 * https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/setting-up-the-inbound-parse-webhook
 */
export function sendGridWebhook({ host, publicKey, maxSizeBytes }: SendGridOptions): RouteHandler {
  return async (request) => {
    if (request.method !== "POST") return refuse(405, "This URL is for SendGrid Inbound Parse.");
    const header = (name: string) => request.headers.get(`x-twilio-email-event-webhook-${name}`) ?? "";
    const proof = { signature: header("signature"), timestamp: header("timestamp") };
    // Before the body is read.
    if (!isRecent(proof, host.now())) return refuseAndLog(host, sendGrid.name, 403, invalidSignature);
    const body = Buffer.from(await request.arrayBuffer());
    if (!isSignedBySendGrid(publicKey, proof, body, host.now()))
      return refuseAndLog(host, sendGrid.name, 403, invalidSignature);
    const form = await readForm(request.headers.get("content-type") ?? "", body);
    const raw = form?.get("email");
    if (form === null || raw === undefined) return refuseAndLog(host, sendGrid.name, 400, missingRawMail);
    const { from, to } = parseEnvelope(form.get("envelope"));
    const envelope = {
      via: "sendgrid" as const,
      from: from === null ? null : barePath(from),
      to: to.map(barePath),
      remoteAddress: senderServer(form.get("sender_ip")?.toString().trim() ?? ""),
      helo: null,
      arrivedAt: null,
      providerId: null,
    };
    return acceptMail({ host, maxSizeBytes }, sendGrid, { raw, envelope });
  };
}

const invalidSignature =
  "The signature is missing, wrong, or older than 4 days: attach a webhook security policy, and check EMAIL_SENDGRID_PUBLIC_KEY and the clocks.";
const missingRawMail =
  'The field email is missing: tick "POST the raw, full MIME message" in the settings of Inbound Parse.';

/** If the envelope cannot be parsed, the recipients are read from the header. */
function parseEnvelope(field: Buffer | undefined): z.infer<typeof smtpEnvelope> {
  try {
    return smtpEnvelope.parse(JSON.parse(field?.toString() ?? "{}"));
  } catch {
    return { from: null, to: [] };
  }
}
