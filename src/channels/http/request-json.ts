import type { DeliveryResult, Json } from "../channel.js";

export interface JsonRequest {
  readonly url: URL;
  /** Posted; a GET without one. */
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** What must never be shown, should the answer repeat it. The values of `headers` never are. */
  readonly secrets?: readonly string[];
  /** 30 s unless said otherwise. */
  readonly timeoutMs?: number;
}

/** An answer, whatever its status. */
export interface Answered {
  readonly outcome: "answered";
  readonly status: number;
  readonly headers: Headers;
  /** As JSON, or as text where it is none. */
  readonly body: unknown;
}

/** No answer: `retry` when the request certainly did not arrive, `uncertain` when it may have. */
export type Unanswered = Extract<DeliveryResult, { outcome: "retry" | "uncertain" }>;

/** The connection was never made: nothing of the request can have arrived. */
const neverConnected =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+)$/;

/**
 * One request by HTTP with a body and an answer in JSON, told apart as a delivery needs it: answered, certainly not sent,
 * perhaps sent. Never throws, follows no redirect, and leaves out of what it returns whatever is secret.
 */
export async function requestJson({
  url,
  body,
  headers = {},
  signal,
  secrets = [],
  timeoutMs = 30_000,
}: JsonRequest): Promise<Answered | Unanswered> {
  if (signal.aborted) {
    return { outcome: "retry", failure: { code: "TIMED_OUT", detail: "Stopped before anything was sent" } };
  }
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        accept: "application/json",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.any([signal, timeout]),
    });
    const hidden = [...secrets, ...Object.values(headers).flatMap((value) => [value, value.split(" ").at(-1) ?? ""])];
    const text = hide(await response.text(), hidden);
    return { outcome: "answered", status: response.status, headers: response.headers, body: parse(text) };
  } catch (error) {
    return unanswered(error, url, signal.aborted || timeout.aborted ? "late" : "broken");
  }
}

function unanswered(error: unknown, { host }: URL, how: "late" | "broken"): Unanswered {
  const code = codeOf(error);
  if (neverConnected.test(code)) {
    return { outcome: "retry", failure: { code: "UNAVAILABLE", detail: `${host} could not be reached (${code})` } };
  }
  if (how === "late")
    return { outcome: "uncertain", failure: { code: "TIMED_OUT", detail: `${host} did not answer in time` } };
  const detail = `The connection to ${host} ended without an answer${code && ` (${code})`}`;
  return { outcome: "uncertain", failure: { code: "UNAVAILABLE", detail } };
}

/** fetch says "fetch failed" and gives the reason as its cause. */
function codeOf(error: unknown): string {
  // Not by its class: under a test framework it may be of another realm.
  const { cause } = Object(error) as { readonly cause?: unknown };
  const { code } = Object(cause) as { readonly code?: unknown };
  return typeof code === "string" ? code : "";
}

function hide(text: string, secrets: readonly string[]): string {
  const long = secrets.filter((secret) => secret.length >= 6);
  return long.reduce((shown, secret) => shown.replaceAll(secret, "…"), text);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
