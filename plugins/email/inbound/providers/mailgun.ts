import type { ChannelHost, RouteHandler } from "afterchat/channel";
import { barePath } from "../envelope.js";
import { mailKey } from "../mail-key.js";
import { refuse } from "../sources/refuse.js";
import type { KeepingHost } from "../store-mail.js";
import { type Provider, refuseForGood, refuseForNow, refuseLoudly, takeMail } from "./accept-mail.js";
import { claimSignature, isSignedByMailgun } from "./mailgun-signature.js";
import { readForm } from "./read-form.js";

/** 200 and 406 end it; after anything else Mailgun posts again, six times in 8 hours. */
const mailgun: Provider = { name: "Mailgun", refusesForGood: 406 };

export interface MailgunOptions {
  readonly host: KeepingHost & Pick<ChannelHost, "logger">;
  /** The account's "HTTP webhook signing key". */
  readonly signingKey: string;
  readonly maxSizeBytes: number;
}

/**
 * What a route's `forward()` posts to an address that ends with `mime`: a form with the raw mail in `body-mime`.
 * https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http
 */
export function mailgunWebhook({ host, signingKey, maxSizeBytes }: MailgunOptions): RouteHandler {
  return async (request) => {
    if (request.method !== "POST") return refuse(405, "Let a route of Mailgun forward mails to this address.");
    const body = Buffer.from(await request.arrayBuffer());
    const form = await readForm(request.headers.get("content-type") ?? "", body);
    if (form === null) return refuse(400, "The body is no form.");
    const field = (name: string) => form.get(name)?.toString();
    const [timestamp = "", token = "", signature = ""] = ["timestamp", "token", "signature"].map(field);
    const proof = { timestamp, token, signature };
    if (!isSignedByMailgun(signingKey, proof, host.now())) return refuseLoudly(host, mailgun.name, 403, notSigned);
    const raw = form.get("body-mime");
    if (raw === undefined) return refuseForGood(host, mailgun, 400, notRaw);
    try {
      if (!(await claimSignature(host.store, proof, mailKey(raw), host.now())))
        return refuseLoudly(host, mailgun.name, 403, "This signature has brought another mail already.");
    } catch (error) {
      return refuseForNow(host, mailgun, error);
    }
    const sender = field("sender");
    const recipients = (field("recipient") ?? "").split(",").map(barePath);
    const envelope = {
      via: "mailgun" as const,
      from: sender === undefined ? null : barePath(sender),
      to: recipients.filter((recipient) => recipient !== ""),
      remoteAddress: null,
      helo: null,
      arrivedAt: null,
      providerId: null,
    };
    return takeMail({ host, maxSizeBytes }, mailgun, { raw, envelope });
  };
}

const notSigned =
  "timestamp, token and signature are missing, wrong, or older than 12 hours: check EMAIL_MAILGUN_SIGNING_KEY and the clocks.";
const notRaw =
  "body-mime is missing: let the route forward(), not store(), to this address, which must end with mime for the raw mail.";
