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
import type { AskGraph } from "./graph-request.js";
import { type Part, planParts } from "./plan-parts.js";
import type { Platform } from "./platform.js";
import { describeClosed, findPermission, type Writer } from "./reply-window.js";
import type { Restriction } from "./restriction.js";
import { classifyAnswer, type SendingResult, type SentAs, writeRequest } from "./send-part.js";
import type { MetaConfig } from "./settings.js";
import type { Throttle } from "./throttle.js";

/** All that sending needs. */
export interface Sender {
  readonly platform: Platform;
  readonly config: MetaConfig;
  readonly ask: AskGraph;
  readonly token: AccessToken;
  readonly gate: Throttle;
  readonly restriction: Restriction;
  readonly host: ChannelHost;
}

/**
 * Sends what is left of a delivery, one request a part. The ids of what Meta took are stored before the next request, so
 * that a later attempt sends only what is missing.
 */
export async function deliver(
  sender: Sender,
  outbound: Outbound<MetaAddress>,
  signal: AbortSignal,
): Promise<DeliveryResult> {
  const { platform, config, gate, host } = sender;
  if (signal.aborted) return refuse("retry", "TIMED_OUT", "Stopped before anything was sent");
  if (outbound.address.account !== config.accountId) {
    const detail = `They wrote to another ${platform.channelName} account (${outbound.address.account}) than the one that is set up`;
    return refuse("rejected", "ADDRESS_INVALID", detail);
  }
  const replies = outbound.messages.filter(({ role }) => role === "pending");
  const writer: Writer = replies.some(({ author }) => author.kind === "bot") ? "bot" : "human";
  const permission = findPermission(outbound.lastInbound?.at ?? null, writer, host.now());
  if (permission.kind === "closed") {
    return refuse("rejected", "WINDOW_CLOSED", describeClosed(permission.closedAt, writer, platform.channelName));
  }
  const restMs = gate.restMs(host.now());
  if (restMs > 0) {
    const detail = "Meta's limit is nearly reached: the channel rests before it is";
    return { outcome: "retry", failure: { code: "RATE_LIMITED", detail }, afterMs: restMs };
  }
  const parts = planParts(replies, platform);
  const send = sending(sender, { outbound, writer, parts, sentAs: permission.kind }, signal);
  return sendParts(outbound, parts, signal, send);
}

interface Task {
  readonly outbound: Outbound<MetaAddress>;
  readonly writer: Writer;
  readonly parts: readonly Part[];
  readonly sentAs: SentAs;
}

/** Sends one part, otherwise where Meta does not take it as it is. */
function sending(
  sender: Sender,
  { outbound, writer, parts, sentAs: permitted }: Task,
  signal: AbortSignal,
): (part: Part) => Promise<PartResult> {
  let sentAs = permitted;
  return async (part) => {
    const place = part === parts.at(-1) ? "last" : "earlier";
    const send = (toSend: Part) => sendPart(sender, outbound, { part: toSend, sentAs, place }, signal);
    let result = await send(part);
    if (isRefused(result, "WINDOW_CLOSED") && sentAs === "response" && writer === "human") {
      // Meta counts from when they wrote, we from when we heard of it.
      sentAs = "human-agent";
      result = await send(part);
    }
    if (isRefused(result, "CONTENT_REJECTED") && part.kind === "file") {
      // The words must not be lost over a file, nor the file over its kind.
      result = await send({ ...part, kind: "link" });
    }
    if (result.outcome === "refused") return explain(sender, result);
    return { outcome: "accepted", externalId: result.messageId };
  };
}

async function sendPart(
  { platform, config, ask, token, gate, host }: Sender,
  { address, deliveryId, attempt }: Outbound<MetaAddress>,
  { part, sentAs, place }: { readonly part: Part; readonly sentAs: SentAs; readonly place: "last" | "earlier" },
  signal: AbortSignal,
): Promise<SendingResult> {
  const metadata = platform.echoesMetadata ? { deliveryId, part: place } : null;
  const body = writeRequest({ recipient: address.id, part, sentAs, metadata });
  // A Page's own id, so that a token of another Page is refused; other tokens know their account only as "me".
  const path = config.tokenKind === "page" ? `/${config.accountId}/messages` : "/me/messages";
  const answer = await ask({ path, body, token: token.current() }, signal);
  if (answer.outcome === "answered") gate.note(answer.headers, host.now());
  return classifyAnswer(answer, sentAs, attempt);
}

type Refused = Extract<SendingResult, { readonly outcome: "refused" }>;

/** What a refusal asks for beside this delivery. */
async function explain({ token, restriction, host }: Sender, { refusal, because }: Refused): Promise<Refusal> {
  if (because === "token" && (await token.reload())) {
    const detail = "The token was refreshed meanwhile: the next attempt uses it";
    return { outcome: "retry", failure: { code: "UNAVAILABLE", detail } };
  }
  if (because === "restriction") {
    await restriction.note().catch((error: unknown) => host.logger.warn("A restriction could not be noted", { error }));
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
