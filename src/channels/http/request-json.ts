import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { DeliveryResult, Json } from "../channel.js";

export interface JsonRequest {
  readonly url: URL;
  /** Sent with POST; without a body the request is a GET. */
  readonly body?: Json;
  /** Headers with credentials: their values are removed from the response body. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers whose values are not secret, such as an idempotency key. */
  readonly publicHeaders?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Further secrets to remove from the response body, such as those in the URL or the request body. */
  readonly secrets?: readonly string[];
  /** For the whole exchange; 30 s by default. */
  readonly timeoutMs?: number;
}

/** The server responded, whatever the status. */
export interface Answered {
  readonly outcome: "answered";
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, or text if it is not JSON. Above 1 MiB it is truncated, and text. */
  readonly body: unknown;
}

/** No response: `retry` if the request certainly did not arrive, `uncertain` if it may have. */
export type Unanswered = Extract<DeliveryResult, { outcome: "retry" | "uncertain" }>;

const maxResponseBytes = 1_048_576;
/** Shorter ones would match ordinary words. */
const minSecretLength = 6;

/**
 * Connections are not reused: if the server is just closing one, a request written to it seems to have been accepted,
 * and its outcome would be uncertain. TLS sessions are still resumed.
 */
const agents = { http: new HttpAgent({ keepAlive: false }), https: new HttpsAgent({ keepAlive: false }) };

/**
 * Makes one HTTP request with JSON bodies, and distinguishes what matters for a delivery: answered, certainly not sent,
 * or possibly sent. Never throws, follows no redirects, and removes secrets from what it returns.
 */
export async function requestJson(request: JsonRequest): Promise<Answered | Unanswered> {
  const { url, signal, timeoutMs = 30_000 } = request;
  if (signal.aborted) {
    return { outcome: "retry", failure: { code: "TIMED_OUT", detail: "Stopped before anything was sent" } };
  }
  const end = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const progress = { written: false };
  try {
    const response = await send(request, end, progress);
    const text = await readText(response);
    const headers = new Headers(Object.entries(response.headersDistinct).flatMap(pairsOf));
    return { outcome: "answered", status: response.statusCode ?? 0, headers, body: parse(text, secretsOf(request)) };
  } catch (error) {
    return unanswered(url.host, progress.written, end.aborted ? "late" : codeOf(error));
  }
}

/** Uses node:http, since fetch does not reveal whether the request was written before its connection ended. */
function send(
  { url, body, headers, publicHeaders }: JsonRequest,
  signal: AbortSignal,
  progress: { written: boolean },
): Promise<IncomingMessage> {
  const secure = url.protocol === "https:";
  const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const request = (secure ? httpsRequest : httpRequest)(url, {
    agent: secure ? agents.https : agents.http,
    method: content === undefined ? "GET" : "POST",
    headers: {
      accept: "application/json",
      "accept-encoding": "identity",
      "user-agent": "afterchat",
      ...(content && { "content-type": "application/json", "content-length": content.length }),
      ...publicHeaders,
      ...headers,
    },
    signal,
  });
  request.once("socket", (socket) => {
    // Nothing is written before the connection is established and the server's certificate verified.
    if (!socket.connecting) progress.written = true;
    else socket.once(secure ? "secureConnect" : "connect", () => (progress.written = true));
  });
  request.end(content);
  return new Promise((resolve, reject) => {
    // A request may close without an error or a response, for instance after status 101.
    request
      .on("response", resolve)
      .on("error", reject)
      .on("close", () => reject(new Error("Closed")));
  });
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    // Breaking out of the loop closes the connection.
    if (sizeBytes > maxResponseBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxResponseBytes).toString();
}

function unanswered(host: string, written: boolean, why: "late" | string): Unanswered {
  const outcome = written ? "uncertain" : "retry";
  if (why === "late") {
    const detail = written ? `${host} did not answer in time` : `${host} could not be reached in time`;
    return { outcome, failure: { code: "TIMED_OUT", detail } };
  }
  const what = written
    ? `The connection to ${host} ended before the response was complete`
    : `${host} could not be reached`;
  return { outcome, failure: { code: "UNAVAILABLE", detail: why === "" ? what : `${what} (${why})` } };
}

/** Only the code: the message may contain what was sent. */
function codeOf(error: unknown): string {
  // Without instanceof: in a test framework the error may come from another realm.
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === "string" ? code : "";
}

function pairsOf([name, values = []]: [string, string[] | undefined]): [string, string][] {
  return values.map((value) => [name, value]);
}

/** Of `Bearer TOKEN`, both the whole value and TOKEN are secrets. */
function secretsOf({ headers = {}, secrets = [] }: JsonRequest): readonly string[] {
  const values = Object.values(headers).flatMap((value) => [value, value.split(" ").at(-1) ?? ""]);
  return [...secrets, ...values].filter((secret) => secret.length >= minSecretLength);
}

function parse(text: string, secrets: readonly string[]): unknown {
  const redact = (content: string) => secrets.reduce((rest, secret) => rest.replaceAll(secret, "…"), content);
  const redacted = redact(text);
  try {
    // Again in each parsed string: in the JSON text a secret may have been escaped.
    return JSON.parse(redacted, (_key, value) => (typeof value === "string" ? redact(value) : value));
  } catch {
    return redacted;
  }
}
