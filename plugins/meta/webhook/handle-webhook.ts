import { type ChannelHost, type InboundEvent, isSameSecret } from "afterchat/channel";
import { scheduleFileFetch, scheduleProfileFetch } from "./fetch-task.js";
import type { ParsedEvent } from "./parse-messaging-event.js";
import { parseWebhook } from "./parse-webhook.js";
import type { WebhookOptions } from "./webhook-options.js";
import { isSignedByMeta, signatureOf } from "./webhook-signature.js";

/**
 * Handles GET and POST of `/webhooks/messenger` and `/webhooks/instagram`. 200: every event is stored, or ignored and
 * logged. 403: the signature or the verify token is wrong. 400: the body is malformed. 503: not everything could be
 * stored, send it again; events that were stored are then recognised.
 */
export function webhookHandler(options: WebhookOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method === "GET") return verifyWebhook(new URL(request.url), options.verifyToken);
    const signature = request.headers.get("x-hub-signature-256");
    // Before the body is read.
    if (signatureOf(signature) === null) return refuse(403, notSigned);
    const raw = new Uint8Array(await request.arrayBuffer());
    if (!isSignedByMeta(options.appSecrets, signature, raw)) return refuse(403, notSigned);
    return receiveBody(raw, options);
  };
}

const notSigned = "X-Hub-Signature-256 is missing or wrong: check the app secret in the settings.";

/** @see https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests */
function verifyWebhook({ searchParams }: URL, verifyToken: string): Response {
  const challenge = searchParams.get("hub.challenge") ?? "";
  const tokenMatches = isSameSecret(searchParams.get("hub.verify_token") ?? "", verifyToken);
  if (searchParams.get("hub.mode") !== "subscribe" || !tokenMatches) {
    return refuse(403, "hub.verify_token does not match the verify token in the settings.");
  }
  return new Response(challenge, { headers: { "content-type": "text/plain; charset=utf-8" } });
}

async function receiveBody(raw: Uint8Array, options: WebhookOptions): Promise<Response> {
  const { host } = options;
  const body = parseJson(raw);
  if (body === undefined) return refuse(400, "The body is not JSON.");
  const result = parseWebhook(body, { ...options, now: host.now() });
  if (result.outcome === "malformed") return refuse(400, result.why);
  for (const reason of result.ignored) host.logger.info("Part of a webhook was ignored", { reason });
  let failure: unknown = null;
  for (const parsed of result.events) {
    // If one event cannot be stored, the others are stored nevertheless.
    await receive(host, parsed).catch((error: unknown) => {
      failure ??= error;
    });
  }
  if (failure === null) return new Response("EVENT_RECEIVED");
  host.logger.error("A webhook could not be stored: Meta was asked to send it again", { error: failure });
  return refuse(503, "The webhook could not be stored: send it again later.");
}

async function receive(host: ChannelHost, parsed: ParsedEvent): Promise<void> {
  const event = await chooseEvent(host, parsed);
  await host.receive([event]);
  // After the message was stored, which neither its files nor the sender's profile may prevent.
  if (event.type !== "sent") for (const file of parsed.files) await scheduleFileFetch(host, file);
  if (event.type === "message") await scheduleProfileFetch(host, event);
}

/** Another app's metadata may look like Afterchat's: if the delivery is unknown, the message was written outside. */
async function chooseEvent(host: ChannelHost, { event, fallback }: ParsedEvent): Promise<InboundEvent> {
  if (event.type !== "sent" || fallback === null) return event;
  const found = await host.findConversation({ deliveryId: event.deliveryId });
  return found === null ? fallback : event;
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
