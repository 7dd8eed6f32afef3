import type { ChannelHost, DeliveryResult, Failure, Outbound } from "afterchat/channel";
import type { AccessToken } from "./access-token.js";
import type { MetaAddress } from "./address.js";
import { blockedMs, type Refusal } from "./classify-error.js";
import type { Flavour } from "./flavour.js";
import type { GraphClient } from "./graph-request.js";
import { advance, type Part, planParts } from "./plan-parts.js";
import { type Progress, readProgress } from "./progress.js";
import { describeClosed, findPermission, type Writer } from "./reply-window.js";
import type { RestGate } from "./rest-gate.js";
import type { Restriction } from "./restriction.js";
import { judgeAnswer, type SendingResult, type SentAs, writeRequest } from "./send-part.js";
import type { MetaConfig } from "./settings.js";

/** All that sending needs. */
export interface Sender {
  readonly flavour: Flavour;
  readonly config: MetaConfig;
  readonly graph: GraphClient;
  readonly token: AccessToken;
  readonly gate: RestGate;
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
  const { flavour, config, gate, host } = sender;
  if (signal.aborted) return refuse("retry", "TIMED_OUT", "Stopped before anything was sent");
  if (outbound.address.account !== config.accountId) {
    const detail = `They wrote to another ${flavour.channelName} account (${outbound.address.account}) than the one that is set up`;
    return refuse("rejected", "ADDRESS_INVALID", detail);
  }
  const replies = outbound.messages.filter(({ role }) => role === "pending");
  const writer: Writer = replies.some(({ author }) => author.kind === "bot") ? "bot" : "human";
  const permission = findPermission(outbound.lastInbound?.at ?? null, writer, host.now());
  if (permission.kind === "closed") {
    return refuse("rejected", "WINDOW_CLOSED", describeClosed(permission.closedAt, writer, flavour.channelName));
  }
  const restMs = gate.restMs(host.now());
  if (restMs > 0) {
    const detail = "Meta's limit is nearly reached: the channel rests before it is";
    return { outcome: "retry", failure: { code: "RATE_LIMITED", detail }, afterMs: restMs };
  }
  const progress = readProgress(outbound.progress);
  if (progress === null) return refuse("uncertain", "UNKNOWN", "What was sent of it before cannot be read");
  const parts = planParts(replies, flavour, progress);
  return sendParts(sender, { outbound, writer, parts, sentAs: permission.kind }, progress, signal);
}

interface Task {
  readonly outbound: Outbound<MetaAddress>;
  readonly writer: Writer;
  readonly parts: readonly Part[];
  readonly sentAs: SentAs;
}

async function sendParts(
  sender: Sender,
  { outbound, writer, parts, sentAs: permitted }: Task,
  before: Progress,
  signal: AbortSignal,
): Promise<DeliveryResult> {
  let progress = before;
  let sentAs = permitted;
  const partial = (refusal: Refusal): Refusal => ({
    ...refusal,
    failure: { ...refusal.failure, detail: withProgress(refusal.failure.detail, progress.messageIds.length) },
  });
  for (const [index, part] of parts.entries()) {
    const place = index === parts.length - 1 ? "last" : "earlier";
    const send = (toSend: Part) => sendPart(sender, outbound, { part: toSend, sentAs, place }, signal);
    let result = await send(part);
    if (isRefused(result, "WINDOW_CLOSED") && sentAs === "response" && writer === "human") {
      // Meta counts from when they wrote, we from when we heard of it.
      sentAs = "human-agent";
      result = await send(part);
    }
    if (isRefused(result, "CONTENT_REJECTED") && part.kind === "file") {
      // The words must not be lost over a file, nor the file over its kind.
      result = await send({ kind: "link", file: part.file });
    }
    if (result.outcome === "refused") return partial(await explain(sender, result));
    progress = advance(progress, part, result.messageId);
    if (place === "last") break;
    try {
      await outbound.saveProgress({ ...progress });
    } catch {
      // It is not known to a later attempt, which would send it again.
      return partial({
        outcome: "uncertain",
        failure: { code: "UNKNOWN", detail: "How far it came could not be stored" },
      });
    }
  }
  if (progress.messageIds.length === 0) return refuse("rejected", "CONTENT_REJECTED", "There is nothing in it to send");
  return { outcome: "accepted", externalIds: progress.messageIds };
}

async function sendPart(
  { flavour, config, graph, token, gate, host }: Sender,
  { address, deliveryId, attempt }: Outbound<MetaAddress>,
  { part, sentAs, place }: { readonly part: Part; readonly sentAs: SentAs; readonly place: "last" | "earlier" },
  signal: AbortSignal,
): Promise<SendingResult> {
  const metadata = flavour.echoesMetadata ? { deliveryId, part: place } : null;
  const body = writeRequest({ recipient: address.id, part, sentAs, metadata });
  // A Page's own id, so that a token of another Page is refused; other tokens know their account only as "me".
  const path = config.tokenKind === "page" ? `/${config.accountId}/messages` : "/me/messages";
  const answer = await graph.ask({ method: "POST", path, body, token: token.current() }, signal);
  if (answer.kind === "answered") gate.note(answer.header, host.now());
  return judgeAnswer(answer, sentAs, attempt);
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

function withProgress(detail: string, sent: number): string {
  if (sent === 0) return detail;
  return `${sent === 1 ? "One part of it was" : `${sent} parts of it were`} sent before. ${detail}`;
}

function refuse(outcome: Refusal["outcome"], code: Failure["code"], detail: string): Refusal {
  return { outcome, failure: { code, detail } };
}
