import { type ChannelHost, type InboundEvent, isSignedWebhook } from "afterchat/channel";
import { z } from "zod";

const id = z.string("write what tells this event apart from others: sent again with the same id, it is taken once");
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
      from: z.string("write who wrote: replies go to the same").trim().min(1).max(200),
      text: z.string("write what the visitor wrote").max(100_000),
      name: z.string().max(200).nullish(),
      locale: z.string().max(35).nullish(),
    }),
    z.object({
      type: z.enum(["delivered", "read"]),
      id: id.min(1).max(200),
      at,
      reference: z.string("write the reference of the delivery, or the id that it was answered with").min(1).max(200),
    }),
  ],
  { error: 'write the type: "message", "delivered" or "read"' },
);

/**
 * `POST /webhooks/webhook`. 204: it is stored; 400: not an event, 403: not signed; 503: send it again.
 */
export async function takeEvent(secret: string, host: ChannelHost, request: Request): Promise<Response> {
  if (request.method !== "POST") return refuse(405, "Post an event here.");
  const body = new Uint8Array(await request.arrayBuffer());
  if (!isSignedWebhook(secret, request.headers, body, host.now())) {
    return refuse(403, "webhook-signature is missing, wrong, or 5 minutes off: check WEBHOOK_SECRET and the clocks.");
  }
  const parsed = event.safeParse(parseJson(body));
  if (!parsed.success) return refuse(400, z.prettifyError(parsed.error));
  try {
    await host.receive([toInbound(parsed.data, host.now())]);
    return new Response(null, { status: 204 });
  } catch (error) {
    host.logger.warn("An event could not be stored: its sender was asked to send it again", { error });
    return refuse(503, "The event could not be stored: send it again later.");
  }
}

function toInbound(given: z.infer<typeof event>, now: Date): InboundEvent {
  const moment = given.at === undefined ? now : new Date(given.at);
  // Nobody writes in the future.
  const common = { externalId: given.id, at: moment > now ? now : moment };
  switch (given.type) {
    case "message": {
      const { from, text, name, locale } = given;
      return { type: "message", ...common, address: from, text, ...(name && { name }), ...(locale && { locale }) };
    }
    case "delivered":
    case "read":
      return { type: given.type, ...common, messageId: given.reference };
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
