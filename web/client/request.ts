import type { ChatProblem } from "./chat-state.js";
import type { Operation } from "./operations.js";

/** An operation that did not succeed. */
export class ChatError extends Error implements ChatProblem {
  readonly code: string;
  readonly field: string | null;
  /** How long to wait before it is tried again; null if nothing is known. */
  readonly retryAfterSeconds: number | null;

  constructor(code: string, message: string, details: { field?: unknown; retryAfterSeconds?: unknown } = {}) {
    super(message);
    this.name = "ChatError";
    this.code = code;
    this.field = typeof details.field === "string" ? details.field : null;
    this.retryAfterSeconds = typeof details.retryAfterSeconds === "number" ? details.retryAfterSeconds : null;
  }

  /** Whether the same operation may succeed later. */
  get isTemporary(): boolean {
    return temporary.has(this.code);
  }
}

const temporary: ReadonlySet<string> = new Set([
  "UNREACHABLE",
  "RATE_LIMITED",
  "SERVICE_UNAVAILABLE",
  "INTERNAL_SERVER_ERROR",
]);

/** An answer that has not come by then is not expected any more. */
const timeoutMs = 20_000;

export interface RequestOptions {
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly token: string | null;
  /** The page is going away: the request outlives it. */
  readonly keepalive?: boolean;
}

/** Sends an operation by HTTP. @throws {ChatError} */
export async function request<Data, Variables>(
  { url, fetch, token, keepalive = false }: RequestOptions,
  { text }: Operation<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token !== null && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query: text, variables }),
      signal: abort.signal,
      keepalive,
    });
    return readAnswer<Data>(response.status, await response.text());
  } catch (error) {
    if (error instanceof ChatError) throw error;
    throw new ChatError("UNREACHABLE", error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
  }
}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message?: string; readonly extensions?: Readonly<Record<string, unknown>> }[];
}

function readAnswer<Data>(status: number, text: string): Data {
  let answer: Answer<Data>;
  try {
    answer = JSON.parse(text);
  } catch {
    // A proxy's page, for example while the server restarts.
    throw new ChatError("UNREACHABLE", `The server answered with status ${status}, and not with JSON.`);
  }
  const error = answer.errors?.[0];
  if (error !== undefined) {
    const { code = status >= 500 ? "UNREACHABLE" : "BAD_REQUEST", ...details } = error.extensions ?? {};
    throw new ChatError(String(code), error.message ?? "", details);
  }
  if (answer.data == null)
    throw new ChatError("UNREACHABLE", `The server answered with status ${status}, and no data.`);
  return answer.data;
}
