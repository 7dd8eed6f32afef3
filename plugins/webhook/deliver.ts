import {
  type Answered,
  type ChannelHost,
  classifyStatus,
  type DeliveryResult,
  type FailureCode,
  type Json,
  type Outbound,
  requestJson,
  signWebhook,
} from "afterchat/channel";
import { z } from "zod";
import type { WebhookConfig } from "./settings.js";

/** What the other side may say beside its status: an id of its own, or why not. */
const said = z.object({
  id: z.string().min(1).max(200).optional().catch(undefined),
  code: z
    .enum(["ADDRESS_INVALID", "OPTED_OUT", "WINDOW_CLOSED", "CONTENT_REJECTED"] satisfies FailureCode[])
    .optional()
    .catch(undefined),
  detail: z.string().max(300).optional().catch(undefined),
});

/** Posts a delivery, signed. The same webhook-id, its reference, means the same delivery, however often it comes. */
export async function deliver(
  { url, secret }: WebhookConfig,
  host: ChannelHost,
  outbound: Outbound<string>,
  signal: AbortSignal,
): Promise<DeliveryResult> {
  const { reference } = outbound;
  const body = describeDelivery(outbound);
  const publicHeaders = signWebhook(secret, reference, JSON.stringify(body), host.now());
  const answer = await requestJson({
    url,
    body,
    publicHeaders,
    signal,
    secrets: [secret, secret.slice("whsec_".length)],
  });
  if (answer.outcome !== "answered") return answer;
  const refusal = classify(answer, host.now());
  if (refusal !== null) return refusal;
  const { id } = readSaid(answer);
  return { outcome: "accepted", externalIds: id === undefined || id === reference ? [reference] : [reference, id] };
}

/** What is posted. README.md documents it: names are never changed, only added. */
export function describeDelivery(outbound: Outbound<string>): Json {
  const { reference, attempt, address, conversation, visitor, company, links } = outbound;
  return {
    type: "delivery",
    reference,
    attempt,
    to: address,
    messages: outbound.messages.map(({ role, author, text, sentAt, attachments }) => ({
      role,
      author: { kind: author.kind, name: author.name },
      text: text.toWellFormed(),
      sentAt: sentAt.toISOString(),
      attachments: attachments.map(({ name, contentType, sizeBytes, url }) => ({ name, contentType, sizeBytes, url })),
    })),
    conversation: { id: conversation.id, startedAt: conversation.startedAt.toISOString() },
    visitor: { name: visitor.name, locale: visitor.locale, timeZone: visitor.timeZone },
    company: { name: company.name },
    link: links.conversation,
  };
}

/** By its status, unless a refusal names its reason. */
function classify(answer: Answered, now: Date): DeliveryResult | null {
  const { code, detail } = readSaid(answer);
  const refusal = classifyStatus(answer, now);
  if (refusal === null || code === undefined || answer.status < 400 || answer.status >= 500) return refusal;
  return { outcome: "rejected", failure: { code, detail: detail ?? refusal.failure.detail } };
}

function readSaid({ body }: Answered): z.infer<typeof said> {
  const parsed = said.safeParse(body);
  return parsed.success ? parsed.data : {};
}
