import type { Failure, FailureCode, Refusal } from "afterchat/channel";

export interface BotError {
  /** `error_code`, which repeats the status of HTTP. */
  readonly status: number;
  /** For people, and the only way to tell some errors apart. */
  readonly description: string;
  readonly retryAfterSeconds: number | undefined;
}

/** Nobody is there who could be written to. */
const unknownChat =
  /chat not found|user not found|peer_id_invalid|chat_id is empty|user is deactivated|upgraded to a supergroup/i;

/** What an error of the Bot API means for a delivery. */
export function classifyError({ status, description, retryAfterSeconds }: BotError): Refusal {
  const failure = (code: FailureCode): Failure => ({ code, detail: description || `Telegram answered ${status}` });
  // An unknown token is 401, one that cannot be a token 404.
  if (status === 401 || status === 404) return { outcome: "retry", failure: failure("CREDENTIALS_INVALID") };
  // Blocked by the user, or never written to by them.
  if (status === 403) return { outcome: "rejected", failure: failure("ADDRESS_INVALID") };
  if (status === 429) {
    const afterMs = (retryAfterSeconds ?? 0) * 1000;
    return { outcome: "retry", failure: failure("RATE_LIMITED"), ...(afterMs > 0 && { afterMs }) };
  }
  if (status === 504) return { outcome: "uncertain", failure: failure("TIMED_OUT") };
  if (status >= 500) return { outcome: "retry", failure: failure("UNAVAILABLE") };
  if (unknownChat.test(description)) return { outcome: "rejected", failure: failure("ADDRESS_INVALID") };
  if (status >= 400) return { outcome: "rejected", failure: failure("CONTENT_REJECTED") };
  // Not an answer of the Bot API: somebody has to mend TELEGRAM_API_URL.
  return { outcome: "retry", failure: { code: "UNAVAILABLE", detail: `No answer of the Bot API came (${status})` } };
}
