import { type ChannelHost, hasRecentSignature, type InboundEvent, isSignedWebhook } from "afterchat/channel";
import { z } from "zod";

const id = z.string("write a unique id for this event: an event that is sent again with the same id is ignored");
const at = z.iso
  .datetime({ offset: true, error: "write a time such as 2026-03-03T12:00:00Z, or leave it out" })
  .optional();

const event = z.discriminatedUnion(
  "type",
  [
    z.object({
      type: z.literal("message"),
      id: id.min(1).max(200),
      at,
      from: z.string("write the sender's address: replies are sent to it").trim().min(1).max(200),
      text: z.string("write what the visitor wrote").max(100_000),
      name: z.string().max(200).nullish(),
      locale: z.string().max(35).nullish(),
    }),
    z.object({
      type: z.enum(["delivered", "read"]),
      id: id.min(1).max(200),
      at,
      reference: z.string("write the reference of the delivery, or the id that was returned for it").min(1).max(200),
    }),
  ],
  { error: 'write the type: "message", "delivered" or "read"' },
);

/**
 * Handles `POST /webhooks/webhook`. 204: stored; 400: not an event; 403: not signed; 503: not stored, send it again.
 */
export async function handleEvent(secret: string, host: ChannelHost, request: Request): Promise<Response> {
  if (request.method !== "POST") return refuse(405, "Send events with POST.");
  // Before the body is read.
  if (!hasRecentSignature(request.headers, host.now())) return refuse(403, notSigned);
  const body = new Uint8Array(await request.arrayBuffer());
  if (!isSignedWebhook(secret, request.headers, body, host.now())) return refuse(403, notSigned);
  const parsed = event.safeParse(parseJson(body));
  if (!parsed.success) return refuse(400, z.prettifyError(parsed.error));
  try {
    await host.receive([toInbound(parsed.data, host.now())]);
    return new Response(null, { status: 204 });
  } catch (error) {
    host.logger.warn("An event could not be stored: the sender was asked to send it again", { error });
    return refuse(503, "The event could not be stored: send it again later.");
  }
}

const notSigned = "webhook-signature is missing, wrong, or over 5 minutes off: check WEBHOOK_SECRET and both clocks.";

function toInbound(received: z.infer<typeof event>, now: Date): InboundEvent {
  const at = received.at === undefined ? now : new Date(received.at);
  // The sender's clock may be ahead.
  const common = { externalId: received.id, at: at > now ? now : at };
  switch (received.type) {
    case "message": {
      const { from, text, name, locale } = received;
      return { type: "message", ...common, address: from, text, ...(name && { name }), ...(locale && { locale }) };
    }
    case "delivered":
    case "read":
      return { type: received.type, ...common, messageId: received.reference };
  }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}

function refuse(status: number, message: string): Response {
  return Response.json({ statusCode: status, message }, { status });
}
