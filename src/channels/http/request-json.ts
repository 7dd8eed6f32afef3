import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { DeliveryResult, Json } from "../channel.js";

export interface JsonRequest {
  readonly url: URL;
  /** Posted; a GET without one. */
  readonly body?: Json;
  /** They hold what authorises the request: where the answer repeats one of their values, it is hidden. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers whose values the answer may repeat, such as an id that is sent along. */
  readonly publicHeaders?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** What else is hidden in the answer: secrets in the URL or the body. */
  readonly secrets?: readonly string[];
  /** For the whole exchange; 30 s unless said otherwise. */
  readonly timeoutMs?: number;
}

/** An answer, whatever its status. */
export interface Answered {
  readonly outcome: "answered";
  readonly status: number;
  readonly headers: Headers;
  /** As JSON, or as text where it is none. Of more than 1 MiB the beginning, as text. */
  readonly body: unknown;
}

/** No answer: `retry` when the request certainly did not arrive, `uncertain` when it may have. */
export type Unanswered = Extract<DeliveryResult, { outcome: "retry" | "uncertain" }>;

const maxAnswerBytes = 1_048_576;
/** A secret that is shorter would be found in words. */
const minSecretLength = 6;

/**
 * No connection serves two requests: if the server is just closing it, the second request seems to have been taken, and a
 * person would have to find out. TLS sessions are still resumed.
 */
const agents = { http: new HttpAgent({ keepAlive: false }), https: new HttpsAgent({ keepAlive: false }) };

/**
 * One HTTP request with a body and an answer in JSON. It distinguishes what a delivery has to know: answered, certainly not
 * sent, possibly sent. Never throws, follows no redirect, and hides what is secret in what it returns.
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
    const headers = new Headers(Object.entries(response.headersDistinct).flatMap(eachValue));
    return { outcome: "answered", status: response.statusCode ?? 0, headers, body: parse(text, secretsOf(request)) };
  } catch (error) {
    return unanswered(url.host, progress.written, end.aborted ? "late" : codeOf(error));
  }
}

/** By node:http: fetch does not tell whether the request was written before its connection ended. */
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
    // Nothing is written before the connection, and the certificate of whoever is there, are good.
    if (!socket.connecting) progress.written = true;
    else socket.once(secure ? "secureConnect" : "connect", () => (progress.written = true));
  });
  request.end(content);
  return new Promise((resolve, reject) => {
    // It always closes in the end, at times without an error: after 101, for instance.
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
    // Leaving ends the connection.
    if (sizeBytes > maxAnswerBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxAnswerBytes).toString();
}

function unanswered(host: string, written: boolean, why: "late" | string): Unanswered {
  const outcome = written ? "uncertain" : "retry";
  if (why === "late") {
    const detail = written ? `${host} did not answer in time` : `${host} could not be reached in time`;
    return { outcome, failure: { code: "TIMED_OUT", detail } };
  }
  const what = written ? `The connection to ${host} ended without a whole answer` : `${host} could not be reached`;
  return { outcome, failure: { code: "UNAVAILABLE", detail: why === "" ? what : `${what} (${why})` } };
}

/** Not the message, which may name what was sent. */
function codeOf(error: unknown): string {
  // Not by its class: under a test framework it may be of another realm.
  const { code } = Object(error) as { readonly code?: unknown };
  return typeof code === "string" ? code : "";
}

function eachValue([name, values = []]: [string, string[] | undefined]): [string, string][] {
  return values.map((value) => [name, value]);
}

/** `Bearer TOKEN` is a secret, and so is TOKEN alone. */
function secretsOf({ headers = {}, secrets = [] }: JsonRequest): readonly string[] {
  const values = Object.values(headers).flatMap((value) => [value, value.split(" ").at(-1) ?? ""]);
  return [...secrets, ...values].filter((secret) => secret.length >= minSecretLength);
}

function parse(text: string, secrets: readonly string[]): unknown {
  const hide = (shown: string) => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, "…"), shown);
  const hidden = hide(text);
  try {
    // Once more in each string: there a secret may have been escaped.
    return JSON.parse(hidden, (_key, value) => (typeof value === "string" ? hide(value) : value));
  } catch {
    return hidden;
  }
}
