import type { ChannelHealth, DeliveryResult, Failure, FailureCode } from "../channel.js";
import type { Answered, Unanswered } from "./request-json.js";

/** The result of a delivery that was not accepted. */
export type Refusal = Exclude<DeliveryResult, { outcome: "accepted" }>;

/**
 * Classifies a response to a delivery by its HTTP status alone; null for 2xx: accepted. Check the vendor's own error
 * codes first, for instance the one that means that an address does not exist.
 */
export function classifyStatus(answered: Answered, now: Date): Refusal | null {
  const { status } = answered;
  const failure = (code: FailureCode): Failure => ({ code, detail: `${status} ${describeBody(answered.body)}`.trim() });
  if (status >= 200 && status < 300) return null;
  // Pauses the channel until its health check succeeds.
  if (status === 401 || status === 403) return { outcome: "retry", failure: failure("CREDENTIALS_INVALID") };
  if (status === 429) return { outcome: "retry", failure: failure("RATE_LIMITED"), ...retryAfter(answered, now) };
  // A gateway timed out: the server behind it may have accepted the request.
  if (status === 504) return { outcome: "uncertain", failure: failure("TIMED_OUT") };
  if (status >= 500 || status === 408 || status === 425) {
    return { outcome: "retry", failure: failure("UNAVAILABLE"), ...retryAfter(answered, now) };
  }
  // A redirect or an unknown path: somebody has to fix a setting or a server.
  if (status < 400 || [404, 405, 410].includes(status)) return { outcome: "retry", failure: failure("UNAVAILABLE") };
  return { outcome: "rejected", failure: failure("CONTENT_REJECTED") };
}

/** The health that the response to a request without side effects shows. */
export function classifyHealth(answer: Answered | Unanswered, now: Date): ChannelHealth {
  if (answer.outcome !== "answered") return { ok: false, failure: answer.failure };
  const refusal = classifyStatus(answer, now);
  return refusal === null ? { ok: true } : { ok: false, failure: refusal.failure };
}

/** Retry-After is a number of seconds or a date (RFC 9110, 10.2.3). */
function retryAfter({ headers }: Answered, now: Date): { readonly afterMs?: number } {
  const text = headers.get("retry-after") ?? "";
  const afterMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return afterMs > 0 ? { afterMs } : {};
}

function describeBody(body: unknown): string {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return text.length <= 300 ? text : `${text.slice(0, 299).toWellFormed()}…`;
}
