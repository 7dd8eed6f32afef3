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

/** What the receiver may return in addition to its status: an id of its own, or the reason for refusing. */
const responseBody = z.object({
  id: z.string().min(1).max(200).optional().catch(undefined),
  code: z
    .enum(["ADDRESS_INVALID", "OPTED_OUT", "WINDOW_CLOSED", "CONTENT_REJECTED"] satisfies FailureCode[])
    .optional()
    .catch(undefined),
  detail: z.string().max(300).optional().catch(undefined),
});

/** Posts a signed delivery. Its reference is the webhook-id, which is the same in every attempt. */
export async function deliver(
  { url, secret }: WebhookConfig,
  host: ChannelHost,
  outbound: Outbound<string>,
  signal: AbortSignal,
): Promise<DeliveryResult> {
  const { reference } = outbound;
  const body = describeDelivery(outbound);
  const publicHeaders = signWebhook(secret, reference, JSON.stringify(body), host.now());
  const response = await requestJson({
    url,
    body,
    publicHeaders,
    signal,
    secrets: [secret, secret.slice("whsec_".length)],
  });
  if (response.outcome !== "answered") return response;
  const refusal = classifyResponse(response, host.now());
  if (refusal !== null) return refusal;
  const { id } = parseBody(response);
  return { outcome: "accepted", externalIds: id === undefined || id === reference ? [reference] : [reference, id] };
}

/** The posted body. It is a documented API: members may be added, but never renamed. */
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

/** Classified by the status, unless a 4xx response gives a reason. Null if it was accepted. */
function classifyResponse(response: Answered, now: Date): DeliveryResult | null {
  const { code, detail } = parseBody(response);
  const refusal = classifyStatus(response, now);
  if (refusal === null || code === undefined || response.status < 400 || response.status >= 500) return refusal;
  return { outcome: "rejected", failure: { code, detail: detail ?? refusal.failure.detail } };
}

function parseBody({ body }: Answered): z.infer<typeof responseBody> {
  const parsed = responseBody.safeParse(body);
  return parsed.success ? parsed.data : {};
}
