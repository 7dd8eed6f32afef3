import { createHmac } from "node:crypto";
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

/** What came of a request. Whether one without an answer may have had an effect is told by `written`. */
export type GraphAnswer =
  | {
      readonly kind: "answered";
      readonly status: number;
      readonly header: (name: string) => string | undefined;
      /** Parsed, whatever it is; undefined when it is no JSON. */
      readonly body: unknown;
    }
  | {
      readonly kind: "silent";
      /** `yes`: it was on its way, and may have been taken. */
      readonly written: "yes" | "no";
      readonly why: "timed-out" | "stopped" | "connection-lost";
      readonly detail: string;
    };

interface GraphRequest {
  readonly method: "GET" | "POST";
  /** Below the version, such as `/me`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly token: string;
  /** `bare`: outside of any version, without a proof. */
  readonly place?: "versioned" | "bare";
}

/** Speaks with the Graph API. */
export interface GraphClient {
  ask(request: GraphRequest, signal: AbortSignal): Promise<GraphAnswer>;
  close(): void;
}

interface GraphPlace {
  readonly graphUrl: string;
  readonly graphVersion: string;
  readonly appSecret: string;
}

const answerWithinMs = 30_000;
const maxAnswerBytes = 1024 * 1024;

/**
 * node:http and not fetch: fetch does not tell whether a request was written before its connection ended, and only one
 * that was not may be repeated.
 */
export function openGraphClient({ graphUrl, graphVersion, appSecret }: GraphPlace): GraphClient {
  const secure = graphUrl.startsWith("https:");
  // No connection is used twice: a request on one that the server is just closing looks as if it was taken, and somebody
  // would have to decide what became of it. TLS sessions are resumed all the same.
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: false });
  const send = secure ? httpsRequest : httpRequest;
  const urlOf = ({ path, query, token, place }: GraphRequest): URL => {
    const url = new URL(place === "bare" ? `${graphUrl}${path}` : `${graphUrl}/${graphVersion}${path}`);
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    if (place !== "bare") url.searchParams.set("appsecret_proof", proofOf(appSecret, token));
    return url;
  };

  return {
    ask: (request, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) {
          resolve({ kind: "silent", written: "no", why: "stopped", detail: "Stopped before anything was asked" });
          return;
        }
        let written: "yes" | "no" = "no";
        const content = request.body === undefined ? null : Buffer.from(JSON.stringify(request.body));
        const outgoing = send(urlOf(request), {
          agent,
          method: request.method,
          headers: {
            accept: "application/json",
            authorization: `Bearer ${request.token}`,
            ...(content !== null && { "content-type": "application/json", "content-length": content.length }),
          },
        });
        const settle = (answer: GraphAnswer): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", stop);
          resolve(answer);
          outgoing.destroy();
        };
        const giveUp = (why: "timed-out" | "stopped" | "connection-lost", detail: string): void =>
          settle({ kind: "silent", written, why, detail });
        const stop = (): void => giveUp("stopped", "Stopped while waiting for Meta's answer");
        const timer = setTimeout(
          () => giveUp("timed-out", `No answer within ${answerWithinMs / 1000} seconds`),
          answerWithinMs,
        );
        signal.addEventListener("abort", stop, { once: true });
        outgoing.on("socket", (socket) => {
          if (!socket.connecting) written = "yes";
          else socket.once(secure ? "secureConnect" : "connect", () => (written = "yes"));
        });
        outgoing.on("error", (error: NodeJS.ErrnoException) =>
          giveUp("connection-lost", `The connection to Meta failed (${error.code ?? error.message})`),
        );
        outgoing.on("response", (incoming) => {
          const chunks: Buffer[] = [];
          let sizeBytes = 0;
          incoming.on("data", (chunk: Buffer) => {
            sizeBytes += chunk.length;
            if (sizeBytes <= maxAnswerBytes) chunks.push(chunk);
            else giveUp("connection-lost", "Meta's answer is endless");
          });
          incoming.on("error", () => giveUp("connection-lost", "The connection ended within Meta's answer"));
          incoming.on("end", () => {
            clearTimeout(timer);
            signal.removeEventListener("abort", stop);
            resolve({
              kind: "answered",
              status: incoming.statusCode ?? 0,
              header: headerOf(incoming.headers),
              body: parseJson(Buffer.concat(chunks).toString()),
            });
          });
        });
        outgoing.end(content ?? undefined);
      }),
    close: () => agent.destroy(),
  };
}

/** @see https://developers.facebook.com/docs/graph-api/guides/secure-requests */
export function proofOf(appSecret: string, token: string): string {
  return createHmac("sha256", appSecret).update(token).digest("hex");
}

function headerOf(headers: IncomingHttpHeaders): (name: string) => string | undefined {
  return (name) => {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page, or nothing: the status tells.
    return undefined;
  }
}
