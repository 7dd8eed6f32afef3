import type { DeliveryResult, Failure } from "afterchat/channel";
import type { NodemailerError } from "nodemailer";

/**
 * How far sending had progressed. `content-started`: the server requested the content (354) and received some of it, so
 * it may have accepted the email even if it never replied.
 */
export type Stage = "before-content" | "content-started";

type Refusal = Exclude<DeliveryResult, { readonly outcome: "accepted" }>;

/** The mailbox does not exist, or never accepts mail (RFC 3463; 5.1.10: RFC 7505). */
const HARD_BOUNCES = new Set(["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]);
/** Replies that require (other) credentials, RFC 4954 section 6. */
const CREDENTIAL_REPLIES = new Set([530, 534, 535, 538]);
const CREDENTIAL_ERRORS = new Set(["EAUTH", "ENOAUTH", "ETLS", "EREQUIRETLS", "EOAUTH2", "ECONFIG"]);

const SERVER_CLOSING_RETRY_MS = 60_000;
/** The usual delay of greylisting servers. */
const POLICY_RETRY_MS = 300_000;
const MAX_DETAIL_LENGTH = 300;

/**
 * Classifies a failed attempt. nodemailer's `code` does not distinguish temporary from permanent refusals, so a
 * server's reply is classified by its number; only without a reply does the stage matter.
 * @param secrets are removed from the detail if the server repeats them
 */
export function classifyFailure(error: unknown, stage: Stage, secrets: readonly string[] = []): Refusal {
  const failure = (error instanceof Error ? error : new Error(String(error))) as NodemailerError;
  const detail = describeFailure(failure, secrets);
  return failure.responseCode && failure.responseCode >= 400
    ? classifyReply(failure, failure.responseCode, detail)
    : classifyWithoutReply(failure.code ?? "", stage, detail);
}

function classifyReply(error: NodemailerError, responseCode: number, detail: string): Refusal {
  const status = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(error.response ?? "")?.[1] ?? "";
  // RFC 4954: 454 4.7.0 is a temporary server failure during a login with valid credentials.
  const duringLogin = CREDENTIAL_ERRORS.has(error.code ?? "");
  if (CREDENTIAL_REPLIES.has(responseCode) || (duringLogin && responseCode >= 500)) {
    return retry({ code: "CREDENTIALS_INVALID", detail });
  }
  if (responseCode === 421) return retry({ code: "RATE_LIMITED", detail }, SERVER_CLOSING_RETRY_MS);
  if (error.permanent !== true) {
    return status.startsWith("4.7.") && !duringLogin
      ? retry({ code: "RATE_LIMITED", detail }, POLICY_RETRY_MS)
      : retry({ code: "UNAVAILABLE", detail });
  }
  // A permanently refused greeting or EHLO rejects the connection, not the email.
  if (error.code !== "EENVELOPE" && error.code !== "EMESSAGE") return retry({ code: "UNAVAILABLE", detail });
  // Refused before a recipient was named: a problem of the sender, not of the visitor's address.
  if (error.command === "MAIL FROM") return reject({ code: "UNKNOWN", detail });
  if (HARD_BOUNCES.has(status)) return reject({ code: "ADDRESS_INVALID", detail, bounce: "hard" });
  return reject({ code: error.command === "RCPT TO" ? "UNKNOWN" : "CONTENT_REJECTED", detail, bounce: "soft" });
}

function classifyWithoutReply(code: string, stage: Stage, detail: string): Refusal {
  if (CREDENTIAL_ERRORS.has(code)) return retry({ code: "CREDENTIALS_INVALID", detail });
  // Without a reply these come from nodemailer itself: larger than the server's SIZE, or an invalid envelope.
  if (code === "EMESSAGE") return reject({ code: "CONTENT_REJECTED", detail });
  if (code === "EENVELOPE") return reject({ code: "UNKNOWN", detail });
  const failure: Failure = { code: code === "ETIMEDOUT" || code === "EABORT" ? "TIMED_OUT" : "UNAVAILABLE", detail };
  return stage === "content-started" ? { outcome: "uncertain", failure } : retry(failure);
}

/** The server's reply, else the error's message: one line of at most 300 characters, without secrets. */
function describeFailure(error: NodemailerError, secrets: readonly string[]): string {
  const message = error.response || error.message;
  const redacted = secrets.reduce((text, secret) => (secret ? text.replaceAll(secret, "•••") : text), message);
  const line = redacted.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return line.length > MAX_DETAIL_LENGTH ? `${line.slice(0, MAX_DETAIL_LENGTH - 1)}…` : line;
}

function retry(failure: Failure, afterMs?: number): Refusal {
  return afterMs === undefined ? { outcome: "retry", failure } : { outcome: "retry", failure, afterMs };
}

function reject(failure: Failure): Refusal {
  return { outcome: "rejected", failure };
}
