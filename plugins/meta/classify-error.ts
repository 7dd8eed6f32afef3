import type { DeliveryResult, Failure } from "afterchat/channel";
import { describeGraphError, type GraphError } from "./graph-error.js";

export type Refusal = Exclude<DeliveryResult, { readonly outcome: "accepted" }>;

/** What is known of a refused request. */
export interface Refused {
  readonly status: number;
  /** Null: the answer holds no error of the Graph API's. */
  readonly error: GraphError | null;
  /** As what it was sent; a missing permission means less when it was asked for beyond the ordinary. */
  readonly sentAs: "response" | "human-agent";
  /** How long Meta says to wait; 0: it does not say. */
  readonly waitMs: number;
  /** 1 for the first. */
  readonly attempt: number;
}

const hourMs = 3_600_000;
/** After a block for breaking a policy: it lasts hours, and asking on makes it longer. */
export const blockedMs = 4 * hourMs;
const minThrottleMs = 60_000;
const maxThrottleMs = hourMs;

/** Codes of limits; 80000 to 80014 are those of business use cases. */
const throttling = new Set([4, 17, 32, 341, 613, ...Array.from({ length: 15 }, (_, index) => 80_000 + index)]);
const closedWindows = new Set([2018278, 2534022, 2018065]);

/**
 * Pure: what a refusal means. Meta's code and subcode decide; its HTTP status only where there is no code.
 * @see https://developers.facebook.com/docs/messenger-platform/error-codes
 */
export function classifyError(refused: Refused): Refusal {
  return refused.error === null ? classifyStatus(refused) : classifyCode(refused, refused.error);
}

/** Pure: Meta restricts the Page for a while, although its token is good. */
export function isRestricted(error: GraphError | null): boolean {
  return error?.code === 10 && error.subcode === 1893063;
}

function classifyCode(refused: Refused, error: GraphError): Refusal {
  const { code, subcode } = error;
  const detail = describeGraphError(error);
  const is = (wanted: number, ...subcodes: readonly number[]) =>
    code === wanted && subcode !== null && subcodes.includes(subcode);

  if (code === 190 || code === 102) return retry("CREDENTIALS_INVALID", detail);
  if (throttling.has(code)) return throttled(refused, detail);
  if (code === 368) return { ...retry("RATE_LIMITED", detail), afterMs: Math.max(blockedMs, refused.waitMs) };
  if (code === 1 || code === 2 || code === 1200) return retry("UNAVAILABLE", detail);
  if (
    code === 10 &&
    ((subcode !== null && closedWindows.has(subcode)) || /outside of allowed window/i.test(error.message))
  )
    return reject("WINDOW_CLOSED", detail);
  if (is(10, 2018108) || code === 551 || is(200, 1545041)) return reject("ADDRESS_INVALID", detail);
  // Refused credentials pause the channel and keep its queue: what a restriction asks for, too.
  if (isRestricted(error)) return retry("CREDENTIALS_INVALID", detail);
  if (code === 3 || code === 10 || (code >= 200 && code <= 299)) return notPermitted(refused, detail);
  if (is(100, 2018001, 2534014)) return reject("ADDRESS_INVALID", detail);
  if (is(100, 2534037)) return reject("UNKNOWN", `Another app has taken this conversation over. ${detail}`);
  if (code === 100) return reject("CONTENT_REJECTED", detail);
  if (refused.status === 429) return throttled(refused, detail);
  if (error.transient || refused.status >= 500) return retry("UNAVAILABLE", detail);
  return reject("UNKNOWN", detail);
}

/** Without the permission to answer after a day, everything else still works: no reason to pause the channel. */
function notPermitted({ sentAs }: Refused, detail: string): Refusal {
  if (sentAs === "response") return retry("CREDENTIALS_INVALID", detail);
  return reject(
    "WINDOW_CLOSED",
    `The app may not answer after 24 hours: ask Meta for the Human Agent permission. ${detail}`,
  );
}

/** Not the Graph API but what stands before it, or breaks. */
function classifyStatus(refused: Refused): Refusal {
  const { status } = refused;
  const detail = `Meta answered with HTTP ${status}, without saying why`;
  if (status === 429) return throttled(refused, detail);
  if (status === 503) return retry("UNAVAILABLE", detail);
  if (status === 401 || status === 403) return retry("CREDENTIALS_INVALID", detail);
  if (status === 413) return reject("CONTENT_REJECTED", detail);
  if (status === 400 || status === 404) return retry("UNAVAILABLE", detail);
  if (status > 400 && status < 500) return reject("UNKNOWN", detail);
  // A gateway that lost patience, or a success that nobody can read: the message may be there.
  return { outcome: "uncertain", failure: { code: "UNKNOWN", detail } };
}

function throttled({ waitMs, attempt }: Refused, detail: string): Refusal {
  const growingMs = Math.min(minThrottleMs * 2 ** Math.min(attempt - 1, 10), maxThrottleMs);
  return { ...retry("RATE_LIMITED", detail), afterMs: waitMs > 0 ? waitMs : growingMs };
}

function retry(code: Failure["code"], detail: string): Extract<Refusal, { outcome: "retry" }> {
  return { outcome: "retry", failure: { code, detail } };
}

function reject(code: Failure["code"], detail: string): Refusal {
  return { outcome: "rejected", failure: { code, detail } };
}
