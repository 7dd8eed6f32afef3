import type { ChannelHost, RouteHandler } from "afterchat/channel";
import { barePath } from "../envelope.js";
import { mailKey } from "../mail-key.js";
import { refuse } from "../sources/refuse.js";
import type { StoreHost } from "../store-mail.js";
import { acceptMail, type Provider, refuseAndLog, refusePermanently, refuseTemporarily } from "./accept-mail.js";
import { claimSignature, isSignedByMailgun } from "./mailgun-signature.js";
import { readForm } from "./read-form.js";

/** After any status but 200 and 406 Mailgun posts again, six times in 8 hours. */
const mailgun: Provider = { name: "Mailgun", permanentStatus: 406 };

export interface MailgunOptions {
  readonly host: StoreHost & Pick<ChannelHost, "logger">;
  /** The account's "HTTP webhook signing key". */
  readonly signingKey: string;
  readonly maxSizeBytes: number;
}

/** Many times what a timestamp, a token or a signature takes. */
const maxProofBytes = 1_000;

/**
 * Receives what a route's `forward()` posts to a URL that ends with `mime`: a form with the raw email in `body-mime`.
 * https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http
 */
export function mailgunWebhook({ host, signingKey, maxSizeBytes }: MailgunOptions): RouteHandler {
  return async (request) => {
    if (request.method !== "POST") return refuse(405, "This URL is for a Mailgun route that forwards emails.");
    const body = Buffer.from(await request.arrayBuffer());
    const contentType = request.headers.get("content-type") ?? "";
    const short = await readForm(contentType, body, maxProofBytes);
    if (short === null) return refuse(400, "The body is not a form.");
    const [timestamp = "", token = "", signature = ""] = ["timestamp", "token", "signature"].map((name) =>
      short.get(name)?.toString(),
    );
    const proof = { timestamp, token, signature };
    if (!isSignedByMailgun(signingKey, proof, host.now()))
      return refuseAndLog(host, mailgun.name, 403, invalidSignature);
    const form = await readForm(contentType, body);
    const field = (name: string) => form?.get(name)?.toString();
    const raw = form?.get("body-mime");
    if (raw === undefined) return refusePermanently(host, mailgun, 400, missingRawMail);
    try {
      if (!(await claimSignature(host.store, proof, await mailKey(raw), host.now())))
        return refuseAndLog(host, mailgun.name, 403, "This signature has been used for another email.");
    } catch (error) {
      return refuseTemporarily(host, mailgun, error);
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
    return acceptMail({ host, maxSizeBytes }, mailgun, { raw, envelope });
  };
}

const invalidSignature =
  "timestamp, token and signature are missing, wrong, or older than 12 hours: check EMAIL_MAILGUN_SIGNING_KEY and the clocks.";
const missingRawMail =
  "body-mime is missing: the route must forward(), not store(), to this URL, which must end with mime.";
