import { signBody } from "afterchat/channel";
import { describeFault } from "./describe-error.js";
import { doubt, type Finding, fine, wrong } from "./finding.js";
import type { Brought } from "./try-listener.js";

const answerMs = 10_000;

/** Posts a mail to the webhook where others post: at PUBLIC_URL. */
export async function tryWebhook(
  url: URL,
  secret: string,
  mail: Brought,
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<Finding> {
  const body = Buffer.from(mail.raw);
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: {
        "content-type": "message/rfc822",
        "x-afterchat-signature": signBody(secret, body, now),
        "x-afterchat-from": `<${mail.from}>`,
        "x-afterchat-to": mail.to,
      },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    });
    await response.body?.cancel();
  } catch (error) {
    // From within a network a public address at times cannot be reached, although others can.
    return doubt(
      `The webhook at ${url.href} cannot be reached from here: ${describeFault(error)}`,
      "Check PUBLIC_URL, and that Afterchat runs; if only this machine cannot connect there, nothing is wrong.",
    );
  }
  switch (response.status) {
    case 204:
      if (await mail.arrived()) return fine(`The webhook at ${url.href} takes mail.`);
      return wrong(
        `The webhook at ${url.href} took the mail, but it is not in this database.`,
        "PUBLIC_URL leads to another Afterchat: mend it, or give both the same DATABASE_URL (or DATA_DIR).",
      );
    case 403:
      return wrong(
        `The webhook at ${url.href} refuses the signature (403).`,
        "Give the program there the same EMAIL_WEBHOOK_SECRET; check its clock, and that a proxy on the way leaves headers and body as they are.",
      );
    case 404:
      return wrong(
        `There is no webhook at ${url.href} (404).`,
        "PUBLIC_URL must lead to Afterchat, and the program there needs EMAIL_WEBHOOK_SECRET.",
      );
    default:
      return wrong(
        `The webhook at ${url.href} answers ${response.status} where 204 is right.`,
        "PUBLIC_URL must lead to Afterchat: check the proxy before it, and Afterchat's log.",
      );
  }
}
