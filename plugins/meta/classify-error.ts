import type { DeliveryResult, Failure } from "afterchat/channel";
import { describeGraphError, type GraphError } from "./graph-error.js";

export type Refusal = Exclude<DeliveryResult, { readonly outcome: "accepted" }>;

/** What is known about a refused request. */
export interface RefusedRequest {
  readonly status: number;
  /** Null if the response contains no Graph API error. */
  readonly error: GraphError | null;
  /** The kind of message: a missing permission to send as a human agent is less serious than one to send at all. */
  readonly sentAs: "response" | "human-agent";
  /** How long Meta says to wait; 0 if it does not say. */
  readonly waitMs: number;
  /** 1 for the first. */
  readonly attempt: number;
}

const hourMs = 3_600_000;
/** After a block for a policy violation: it lasts hours, and further requests prolong it. */
export const blockedMs = 4 * hourMs;
const minThrottleMs = 60_000;
const maxThrottleMs = hourMs;

/** 80000 to 80014 are the rate limits of business use cases. */
const rateLimitCodes = new Set([4, 17, 32, 341, 613, ...Array.from({ length: 15 }, (_, index) => 80_000 + index)]);
const windowClosedSubcodes = new Set([2018278, 2534022, 2018065]);

/**
 * Pure: classifies a refusal by Meta's code and subcode, and by the HTTP status only if there is no code.
 * @see https://developers.facebook.com/docs/messenger-platform/error-codes
 */
export function classifyError(request: RefusedRequest): Refusal {
  return request.error === null ? classifyStatus(request) : classifyCode(request, request.error);
}

/** Pure: whether Meta restricts the Page temporarily, although its token is valid. */
export function isRestricted(error: GraphError | null): boolean {
  return error?.code === 10 && error.subcode === 1893063;
}

function classifyCode(request: RefusedRequest, error: GraphError): Refusal {
  const { code, subcode } = error;
  const detail = describeGraphError(error);
  const is = (expectedCode: number, ...subcodes: readonly number[]) =>
    code === expectedCode && subcode !== null && subcodes.includes(subcode);

  if (code === 190 || code === 102) return retry("CREDENTIALS_INVALID", detail);
  if (rateLimitCodes.has(code)) return rateLimited(request, detail);
  if (code === 368) return { ...retry("RATE_LIMITED", detail), afterMs: Math.max(blockedMs, request.waitMs) };
  if (code === 1 || code === 2 || code === 1200) return retry("UNAVAILABLE", detail);
  if (
    code === 10 &&
    ((subcode !== null && windowClosedSubcodes.has(subcode)) || /outside of allowed window/i.test(error.message))
  )
    return reject("WINDOW_CLOSED", detail);
  if (is(10, 2018108) || code === 551 || is(200, 1545041)) return reject("ADDRESS_INVALID", detail);
  // Like invalid credentials, a restriction must pause the channel and keep its queue.
  if (isRestricted(error)) return retry("CREDENTIALS_INVALID", detail);
  if (code === 3 || code === 10 || (code >= 200 && code <= 299)) return permissionMissing(request, detail);
  if (is(100, 2018001, 2534014)) return reject("ADDRESS_INVALID", detail);
  if (is(100, 2534037)) return reject("UNKNOWN", `Another app has taken over this conversation. ${detail}`);
  if (code === 100) return reject("CONTENT_REJECTED", detail);
  if (request.status === 429) return rateLimited(request, detail);
  if (error.transient || request.status >= 500) return retry("UNAVAILABLE", detail);
  return reject("UNKNOWN", detail);
}

/** Without the permission to reply after 24 hours everything else still works, so the channel is not paused. */
function permissionMissing({ sentAs }: RefusedRequest, detail: string): Refusal {
  if (sentAs === "response") return retry("CREDENTIALS_INVALID", detail);
  return reject(
    "WINDOW_CLOSED",
    `The app may not reply after 24 hours: request Meta's Human Agent permission. ${detail}`,
  );
}

/** For responses that do not come from the Graph API itself, but from a gateway, or that are broken. */
function classifyStatus(request: RefusedRequest): Refusal {
  const { status } = request;
  const detail = `Meta responded with HTTP ${status} and no reason`;
  if (status === 429) return rateLimited(request, detail);
  if (status === 503) return retry("UNAVAILABLE", detail);
  if (status === 401 || status === 403) return retry("CREDENTIALS_INVALID", detail);
  if (status === 413) return reject("CONTENT_REJECTED", detail);
  if (status === 400 || status === 404) return retry("UNAVAILABLE", detail);
  if (status > 400 && status < 500) return reject("UNKNOWN", detail);
  // A gateway timeout, or a success that cannot be parsed: the message may have been sent.
  return { outcome: "uncertain", failure: { code: "UNKNOWN", detail } };
}

function rateLimited({ waitMs, attempt }: RefusedRequest, detail: string): Refusal {
  const backoffMs = Math.min(minThrottleMs * 2 ** Math.min(attempt - 1, 10), maxThrottleMs);
  return { ...retry("RATE_LIMITED", detail), afterMs: waitMs > 0 ? waitMs : backoffMs };
}

function retry(code: Failure["code"], detail: string): Extract<Refusal, { outcome: "retry" }> {
  return { outcome: "retry", failure: { code, detail } };
}

function reject(code: Failure["code"], detail: string): Refusal {
  return { outcome: "rejected", failure: { code, detail } };
}
