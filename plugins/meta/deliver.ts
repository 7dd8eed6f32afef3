import {
  type ChannelHost,
  type DeliveryResult,
  type Failure,
  type Outbound,
  type PartResult,
  sendParts,
} from "afterchat/channel";
import type { AccessToken } from "./access-token.js";
import type { MetaAddress } from "./address.js";
import { blockedMs, type Refusal } from "./classify-error.js";
import type { GraphApi } from "./graph-api.js";
import { type Part, planParts } from "./plan-parts.js";
import type { Platform } from "./platform.js";
import { describeClosed, findPermission, type Writer } from "./reply-window.js";
import type { Restriction } from "./restriction.js";
import { buildRequest, classifyResponse, type SendingResult, type SentAs } from "./send-part.js";
import type { MetaConfig } from "./settings.js";
import type { Throttle } from "./throttle.js";

/** Everything needed for sending. */
export interface Sender {
  readonly platform: Platform;
  readonly config: MetaConfig;
  readonly graphApi: GraphApi;
  readonly token: AccessToken;
  readonly throttle: Throttle;
  readonly restriction: Restriction;
  readonly host: ChannelHost;
}

/**
 * Sends the remaining parts of a delivery, each with one request. The ids of sent messages are stored before the next
 * request, so that a later attempt sends only what is missing.
 */
export async function deliver(
  sender: Sender,
  outbound: Outbound<MetaAddress>,
  signal: AbortSignal,
): Promise<DeliveryResult> {
  const { platform, config, throttle, host } = sender;
  if (signal.aborted) return refuse("retry", "TIMED_OUT", "Stopped before anything was sent");
  if (outbound.address.account !== config.accountId) {
    const detail = `The visitor wrote to a different ${platform.channelName} account (${outbound.address.account}), not to the configured one`;
    return refuse("rejected", "ADDRESS_INVALID", detail);
  }
  const replies = outbound.messages.filter(({ role }) => role === "pending");
  const writer: Writer = replies.some(({ author }) => author.kind === "bot") ? "bot" : "human";
  const permission = findPermission(outbound.lastInbound?.at ?? null, writer, host.now());
  if (permission.kind === "closed") {
    return refuse("rejected", "WINDOW_CLOSED", describeClosed(permission.closedAt, writer, platform.channelName));
  }
  const waitMs = throttle.waitMs(host.now());
  if (waitMs > 0) {
    const detail = "Meta's rate limit is nearly reached, so the channel waits";
    return { outcome: "retry", failure: { code: "RATE_LIMITED", detail }, afterMs: waitMs };
  }
  const parts = planParts(replies, platform);
  const send = partSender(sender, { outbound, writer, parts, sentAs: permission.kind }, signal);
  return sendParts(outbound, parts, signal, send);
}

interface Task {
  readonly outbound: Outbound<MetaAddress>;
  readonly writer: Writer;
  readonly parts: readonly Part[];
  readonly sentAs: SentAs;
}

/** Returns a function that sends one part, and tries another form if Meta refuses the first. */
function partSender(
  sender: Sender,
  { outbound, writer, parts, sentAs: permitted }: Task,
  signal: AbortSignal,
): (part: Part) => Promise<PartResult> {
  let sentAs = permitted;
  return async (part) => {
    const position = part === parts.at(-1) ? "last" : "earlier";
    const send = (content: Part) => sendPart(sender, outbound, { part: content, sentAs, position }, signal);
    let result = await send(part);
    if (isRefused(result, "WINDOW_CLOSED") && sentAs === "response" && writer === "human") {
      // Meta measures the window from when the visitor wrote, Afterchat from when it received the message.
      sentAs = "human-agent";
      result = await send(part);
    }
    if (isRefused(result, "CONTENT_REJECTED") && part.kind === "file") {
      // A file that Meta refuses must not be lost, and must not block the rest: send a link to it.
      result = await send({ ...part, kind: "link" });
    }
    if (result.outcome === "refused") return handleRefusal(sender, result);
    return { outcome: "accepted", externalId: result.messageId };
  };
}

async function sendPart(
  { platform, config, graphApi, token, throttle, host }: Sender,
  { address, deliveryId, attempt }: Outbound<MetaAddress>,
  { part, sentAs, position }: { readonly part: Part; readonly sentAs: SentAs; readonly position: "last" | "earlier" },
  signal: AbortSignal,
): Promise<SendingResult> {
  const metadata = platform.echoesMetadata ? { deliveryId, part: position } : null;
  const body = buildRequest({ recipient: address.id, part, sentAs, metadata });
  // With the Page's id, a token of another Page is refused; other tokens support only "me".
  const path = config.tokenKind === "page" ? `/${config.accountId}/messages` : "/me/messages";
  const response = await graphApi({ path, body, token: token.current() }, signal);
  if (response.outcome === "answered") throttle.record(response.headers, host.now());
  return classifyResponse(response, sentAs, attempt);
}

type Refused = Extract<SendingResult, { readonly outcome: "refused" }>;

/** Acts on refusals that concern more than this delivery, and returns the delivery's result. */
async function handleRefusal({ token, restriction, host }: Sender, { refusal, cause }: Refused): Promise<Refusal> {
  if (cause === "token" && (await token.reload())) {
    const detail = "The token was refreshed by another process: the next attempt uses it";
    return { outcome: "retry", failure: { code: "UNAVAILABLE", detail } };
  }
  if (cause === "restriction") {
    await restriction
      .record()
      .catch((error: unknown) => host.logger.warn("A restriction could not be stored", { error }));
  }
  if (refusal.outcome === "retry" && (refusal.afterMs ?? 0) >= blockedMs) {
    host.logger.error("Meta has blocked sending for hours", { detail: refusal.failure.detail });
  }
  return refusal;
}

function isRefused(result: SendingResult, code: Failure["code"]): boolean {
  return result.outcome === "refused" && result.refusal.outcome === "rejected" && result.refusal.failure.code === code;
}

function refuse(outcome: Refusal["outcome"], code: Failure["code"], detail: string): Refusal {
  return { outcome, failure: { code, detail } };
}
