import type { Failure, FailureCode, Refusal } from "afterchat/channel";

export interface BotError {
  /** `error_code`, which equals the HTTP status. */
  readonly status: number;
  /** Written for people, but for some errors the only distinction. */
  readonly description: string;
  readonly retryAfterSeconds: number | undefined;
}

/** Descriptions which say that the chat cannot receive messages. */
const unknownChat =
  /chat not found|user not found|peer_id_invalid|chat_id is empty|user is deactivated|upgraded to a supergroup/i;

/** Classifies an error of the Bot API for a delivery. */
export function classifyError({ status, description, retryAfterSeconds }: BotError): Refusal {
  const failure = (code: FailureCode): Failure => ({
    code,
    detail: description || `Telegram responded with HTTP ${status}`,
  });
  // An unknown token gets 401, a malformed one 404.
  if (status === 401 || status === 404) return { outcome: "retry", failure: failure("CREDENTIALS_INVALID") };
  // The user blocked the bot, or never wrote to it.
  if (status === 403) return { outcome: "rejected", failure: failure("ADDRESS_INVALID") };
  if (status === 429) {
    const afterMs = (retryAfterSeconds ?? 0) * 1000;
    return { outcome: "retry", failure: failure("RATE_LIMITED"), ...(afterMs > 0 && { afterMs }) };
  }
  if (status === 504) return { outcome: "uncertain", failure: failure("TIMED_OUT") };
  if (status >= 500) return { outcome: "retry", failure: failure("UNAVAILABLE") };
  if (unknownChat.test(description)) return { outcome: "rejected", failure: failure("ADDRESS_INVALID") };
  if (status >= 400) return { outcome: "rejected", failure: failure("CONTENT_REJECTED") };
  // Not a Bot API response: TELEGRAM_API_URL is wrong.
  return { outcome: "retry", failure: { code: "UNAVAILABLE", detail: `Not a Bot API response (HTTP ${status})` } };
}
