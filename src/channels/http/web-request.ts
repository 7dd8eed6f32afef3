import type { FastifyReply, FastifyRequest } from "fastify";

/** The path of the request line: still encoded, without the query. */
export function rawPath(request: FastifyRequest): string {
  return target(request).split("?", 1)[0] ?? "";
}

/**
 * The request as a Web standard Request, with this server's public URL and the raw body. HEAD becomes GET: the plugin
 * handles it as GET, and `sendResponse` omits the body.
 * @param readBody called when the plugin reads the body: a request that it refuses for its headers occupies no memory
 */
export function toWebRequest(
  request: FastifyRequest,
  publicUrl: string,
  signal: AbortSignal,
  readBody: () => Promise<readonly Uint8Array[]>,
): Request {
  const headers = new Headers();
  // From the raw request: the content type in Fastify's headers has been replaced.
  for (const [name, values] of Object.entries(request.raw.headers)) {
    for (const value of Array.isArray(values) ? values : [values ?? ""]) headers.append(name, value);
  }
  const url = publicUrl.replace(/\/+$/, "") + target(request);
  if (request.method !== "POST") return new Request(url, { headers, signal });
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (const chunk of await readBody()) controller.enqueue(chunk);
        controller.close();
      },
    },
    // Nothing is read ahead.
    { highWaterMark: 0 },
  );
  return new Request(url, { method: "POST", headers, body, duplex: "half", signal });
}

/** Sends a plugin's response, with secure defaults for security headers that it does not set. */
export async function sendResponse(request: FastifyRequest, reply: FastifyReply, response: Response): Promise<unknown> {
  const defaults = { "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" };
  for (const [name, value] of Object.entries(defaults)) {
    if (!response.headers.has(name)) reply.header(name, value);
  }
  if (request.method !== "HEAD") return reply.send(response);
  await response.body?.cancel();
  return reply.send(new Response(null, { status: response.status, headers: response.headers }));
}

/** Whether a plugin returned a Response that can be sent; one of another fetch library is accepted. */
export function isSendable(response: unknown): response is Response {
  if (Object.prototype.toString.call(response) !== "[object Response]") return false;
  const { status, bodyUsed } = response as Response;
  // Response.error() has status 0.
  return status >= 200 && !bodyUsed;
}

// A request line may contain an absolute URL (RFC 9112, 3.2.2), whose host cannot be trusted.
function target(request: FastifyRequest): string {
  return (request.raw.url ?? "/").replace(/^https?:\/\/[^/?]*/i, "");
}
