import type { DeliveryResult, Failure } from "afterchat/channel";
import type { NodemailerError } from "nodemailer";

/**
 * How far the mail had come. `content-begun`: the server asked for the content (354) and got some of it, so it may have
 * taken the mail even if it never said so.
 */
export type Stage = "before-content" | "content-begun";

type Refusal = Exclude<DeliveryResult, { readonly outcome: "accepted" }>;

/** Statuses that say that the mailbox does not exist or never will take mail (RFC 3463; 5.1.10: RFC 7505). */
const HARD_BOUNCES = new Set(["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]);
/** Replies that ask for (better) credentials, RFC 4954 section 6. */
const CREDENTIAL_REPLIES = new Set([530, 534, 535, 538]);
const CREDENTIAL_ERRORS = new Set(["EAUTH", "ENOAUTH", "ETLS", "EREQUIRETLS", "EOAUTH2", "ECONFIG"]);

const SERVER_CLOSING_AFTER_MS = 60_000;
/** What greylisting servers usually ask for. */
const POLICY_AFTER_MS = 300_000;
const MAX_DETAIL_LENGTH = 300;

/**
 * What a failed attempt means. The same `code` covers refusals for now and for good, so a reply of the server's is judged
 * by its number; only without one does it matter how far the mail had come.
 * @param secrets never appear in the detail, even if the server repeats them
 */
export function classifyFailure(error: unknown, stage: Stage, secrets: readonly string[] = []): Refusal {
  const failure = (error instanceof Error ? error : new Error(String(error))) as NodemailerError;
  const detail = describeFailure(failure, secrets);
  return failure.responseCode && failure.responseCode >= 400
    ? classifyReply(failure, failure.responseCode, detail)
    : classifySilence(failure.code ?? "", stage, detail);
}

function classifyReply(error: NodemailerError, responseCode: number, detail: string): Refusal {
  const status = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(error.response ?? "")?.[1] ?? "";
  // RFC 4954: 454 4.7.0 is a failure of the server's own, in the middle of an otherwise good login.
  const duringLogin = CREDENTIAL_ERRORS.has(error.code ?? "");
  if (CREDENTIAL_REPLIES.has(responseCode) || (duringLogin && responseCode >= 500)) {
    return retry({ code: "CREDENTIALS_INVALID", detail });
  }
  if (responseCode === 421) return retry({ code: "RATE_LIMITED", detail }, SERVER_CLOSING_AFTER_MS);
  if (error.permanent !== true) {
    return status.startsWith("4.7.") && !duringLogin
      ? retry({ code: "RATE_LIMITED", detail }, POLICY_AFTER_MS)
      : retry({ code: "UNAVAILABLE", detail });
  }
  // A greeting or EHLO that is refused for good turns away this connection, not this mail.
  if (error.code !== "EENVELOPE" && error.code !== "EMESSAGE") return retry({ code: "UNAVAILABLE", detail });
  // Refused before a recipient was named: that says something about us and nothing about the visitor's address.
  if (error.command === "MAIL FROM") return reject({ code: "UNKNOWN", detail });
  if (HARD_BOUNCES.has(status)) return reject({ code: "ADDRESS_INVALID", detail, bounce: "hard" });
  return reject({ code: error.command === "RCPT TO" ? "UNKNOWN" : "CONTENT_REJECTED", detail, bounce: "soft" });
}

function classifySilence(code: string, stage: Stage, detail: string): Refusal {
  if (CREDENTIAL_ERRORS.has(code)) return retry({ code: "CREDENTIALS_INVALID", detail });
  // Without a reply these are nodemailer's own refusals: larger than the server's SIZE, or not an envelope.
  if (code === "EMESSAGE") return reject({ code: "CONTENT_REJECTED", detail });
  if (code === "EENVELOPE") return reject({ code: "UNKNOWN", detail });
  const failure: Failure = { code: code === "ETIMEDOUT" || code === "EABORT" ? "TIMED_OUT" : "UNAVAILABLE", detail };
  return stage === "content-begun" ? { outcome: "uncertain", failure } : retry(failure);
}

/** What the server said, else what happened: one line of at most 300 characters, without secrets. */
function describeFailure(error: NodemailerError, secrets: readonly string[]): string {
  const said = error.response || error.message;
  const hidden = secrets.reduce((text, secret) => (secret ? text.replaceAll(secret, "•••") : text), said);
  const line = hidden.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return line.length > MAX_DETAIL_LENGTH ? `${line.slice(0, MAX_DETAIL_LENGTH - 1)}…` : line;
}

function retry(failure: Failure, afterMs?: number): Refusal {
  return afterMs === undefined ? { outcome: "retry", failure } : { outcome: "retry", failure, afterMs };
}

function reject(failure: Failure): Refusal {
  return { outcome: "rejected", failure };
}
