import { randomUUID } from "node:crypto";
import { signWebhook } from "afterchat/channel";
import { describeError } from "./describe-error.js";
import { type Finding, fail, pass, warn } from "./finding.js";
import type { TestMail } from "./try-listener.js";

const timeoutMs = 10_000;

/** Posts a test email to the webhook, at PUBLIC_URL as others do. */
export async function tryWebhook(
  url: URL,
  secret: string,
  mail: TestMail,
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
        ...signWebhook(secret, randomUUID(), body, now),
        "x-afterchat-from": `<${mail.from}>`,
        "x-afterchat-to": mail.to,
      },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.body?.cancel();
  } catch (error) {
    // From inside a network, its own public address sometimes cannot be reached.
    return warn(
      `The webhook at ${url.href} cannot be reached from here: ${describeError(error)}`,
      "Check PUBLIC_URL, and that Afterchat is running; if only this machine cannot connect there, nothing is wrong.",
    );
  }
  switch (response.status) {
    case 204:
      if (await mail.arrived()) return pass(`The webhook at ${url.href} accepts mail.`);
      return fail(
        `The webhook at ${url.href} accepted the email, but it is not in this database.`,
        "PUBLIC_URL points to another Afterchat: correct it, or use the same DATABASE_URL (or DATA_DIR) for both.",
      );
    case 403:
      return fail(
        `The webhook at ${url.href} refuses the signature (403).`,
        "The program there needs the same EMAIL_WEBHOOK_SECRET; check its clock, and that no proxy in between changes headers or body.",
      );
    case 404:
      return fail(
        `There is no webhook at ${url.href} (404).`,
        "PUBLIC_URL must point to Afterchat, and the program there needs EMAIL_WEBHOOK_SECRET.",
      );
    default:
      return fail(
        `The webhook at ${url.href} responds with ${response.status} instead of 204.`,
        "PUBLIC_URL must point to Afterchat: check the proxy in front of it, and Afterchat's log.",
      );
  }
}
