import { type ChannelHost, type InboundEvent, isSameSecret } from "afterchat/channel";
import { keepFile, keepProfile } from "./fetch-task.js";
import type { Understood } from "./parse-messaging-event.js";
import { readWebhook } from "./read-webhook.js";
import type { WebhookOptions } from "./webhook-options.js";
import { isSignedByMeta } from "./webhook-signature.js";

/**
 * GET and POST of `/webhooks/messenger` and `/webhooks/instagram`. 200: all that it holds is stored, or logged as meaning
 * nothing here. 403: the signature or the verify token is wrong. 400: no JSON of Meta's. 503: it could not be stored, send it
 * again: what was stored of it already is recognised then.
 */
export function webhookHandler(options: WebhookOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method === "GET") return answerHandshake(new URL(request.url), options.verifyToken);
    const raw = new Uint8Array(await request.arrayBuffer());
    if (!isSignedByMeta(options.appSecrets, request.headers.get("x-hub-signature-256"), raw)) {
      return refuse(403, "X-Hub-Signature-256 is missing or wrong: check the app's secret in the settings.");
    }
    return receiveBody(raw, options);
  };
}

/** @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests */
function answerHandshake({ searchParams }: URL, verifyToken: string): Response {
  const challenge = searchParams.get("hub.challenge") ?? "";
  const knows = isSameSecret(searchParams.get("hub.verify_token") ?? "", verifyToken);
  if (searchParams.get("hub.mode") !== "subscribe" || !knows) {
    return refuse(403, "hub.verify_token is not the verify token in the settings.");
  }
  return new Response(challenge, { headers: { "content-type": "text/plain; charset=utf-8" } });
}

async function receiveBody(raw: Uint8Array, options: WebhookOptions): Promise<Response> {
  const { host } = options;
  const body = parseJson(raw);
  if (body === undefined) return refuse(400, "The body is no JSON.");
  const result = readWebhook(body, { ...options, now: host.now() });
  if (result.outcome === "malformed") return refuse(400, result.why);
  for (const what of result.ignored) host.logger.info("a part of a webhook was ignored", { what });
  let failure: unknown = null;
  for (const understood of result.understood) {
    // One that cannot be stored does not keep the others from it.
    await receive(host, understood).catch((error: unknown) => {
      failure ??= error;
    });
  }
  if (failure === null) return new Response("EVENT_RECEIVED");
  host.logger.error("What Meta brought could not be stored: it was asked to send it again", { error: failure });
  return refuse(503, "It could not be stored: send it again later.");
}

async function receive(host: ChannelHost, understood: Understood): Promise<void> {
  const event = await chooseEvent(host, understood);
  await host.receive([event]);
  // After the message: neither its files nor its writer's name may keep it from being stored.
  if (event.type !== "sent") for (const file of understood.files) await keepFile(host, file);
  if (event.type === "message") await keepProfile(host, event);
}

/** Another program's metadata may look like ours: then the message was written outside. */
async function chooseEvent(host: ChannelHost, { event, otherwise }: Understood): Promise<InboundEvent> {
  if (event.type !== "sent" || otherwise === null) return event;
  const found = await host.findConversation({ deliveryId: event.deliveryId });
  return found === null ? otherwise : event;
}

function parseJson(raw: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(raw).toString("utf8"));
  } catch {
    return undefined;
  }
}

function refuse(status: number, message: string): Response {
  return Response.json({ statusCode: status, message }, { status });
}
