import type { FastifyReply, FastifyRequest } from "fastify";

/** The path as it stands in the request line: encoded, without the query. */
export function rawPath(request: FastifyRequest): string {
  return target(request).replace(/\?.*$/s, "");
}

/**
 * The request in Web standard types, at the address by which the outside knows this server. Its body is what came, byte
 * by byte. HEAD becomes GET: a plugin answers it as such, and `sendResponse` leaves the body out.
 */
export function toWebRequest(request: FastifyRequest, publicUrl: string, signal: AbortSignal): Request {
  const headers = new Headers();
  // Of the raw request: the scope's parser has replaced the content type in Fastify's.
  for (const [name, value] of Object.entries(request.raw.headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? ""]) headers.append(name, one);
  }
  const url = publicUrl.replace(/\/+$/, "") + target(request);
  if (request.method !== "POST") return new Request(url, { headers, signal });
  const body = Buffer.isBuffer(request.body) ? new Uint8Array(request.body) : null;
  return new Request(url, { method: "POST", headers, body, signal });
}

/** Sends what a plugin answered; headers that it does not set get the careful default. */
export async function sendResponse(request: FastifyRequest, reply: FastifyReply, response: Response): Promise<unknown> {
  const defaults = { "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" };
  for (const [name, value] of Object.entries(defaults)) {
    if (!response.headers.has(name)) reply.header(name, value);
  }
  if (request.method !== "HEAD") return reply.send(response);
  await response.body?.cancel();
  return reply.send(new Response(null, { status: response.status, headers: response.headers }));
}

/** What a plugin gave, made sure of. A Response of another fetch library will do. */
export function isSendable(response: unknown): response is Response {
  if (Object.prototype.toString.call(response) !== "[object Response]") return false;
  const { status, bodyUsed } = response as Response;
  // Response.error() has status 0.
  return status >= 200 && !bodyUsed;
}

// A request line may hold a whole URL (RFC 9112, 3.2.2); its host is not to be trusted.
function target(request: FastifyRequest): string {
  return (request.raw.url ?? "/").replace(/^https?:\/\/[^/?]*/i, "");
}
