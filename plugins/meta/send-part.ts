import { z } from "zod";
import { classifyError, isRestricted, type Refusal } from "./classify-error.js";
import { writeEchoMetadata } from "./echo-metadata.js";
import type { GraphResponse } from "./graph-api.js";
import { readGraphError } from "./graph-error.js";
import type { Part } from "./plan-parts.js";
import { readUsage } from "./usage.js";

export type SentAs = "response" | "human-agent";

/** One message to one person. */
export interface PartToSend {
  readonly recipient: string;
  readonly part: Part;
  readonly sentAs: SentAs;
  /** Null on platforms whose echoes do not contain it. */
  readonly metadata: { readonly deliveryId: string; readonly part: "last" | "earlier" } | null;
}

/** Pure: the body of a request to the Send API. */
export function buildRequest({ recipient, part, sentAs, metadata }: PartToSend) {
  return {
    recipient: { id: recipient },
    ...(sentAs === "response" ? { messaging_type: "RESPONSE" } : { messaging_type: "MESSAGE_TAG", tag: "HUMAN_AGENT" }),
    message: { ...contentOf(part), ...(metadata !== null && { metadata: writeEchoMetadata(metadata) }) },
  };
}

function contentOf(part: Part) {
  switch (part.kind) {
    case "text":
      return { text: part.text };
    case "file":
      return { attachment: { type: part.as, payload: { url: part.file.url, is_reusable: false } } };
    case "link":
      return { text: linkText(part.file) };
  }
}

// A long name must not cause the link to be truncated.
function linkText({ name, url }: { readonly name: string; readonly url: string }): string {
  return `${name.toWellFormed().slice(0, 100).toWellFormed()}\n${url}`;
}

export type SendingResult =
  | { readonly outcome: "sent"; readonly messageId: string }
  | { readonly outcome: "refused"; readonly refusal: Refusal; readonly cause: "token" | "restriction" | "other" };

const acceptedMessage = z.object({ message_id: z.string().min(1) });

/** Pure: the result of a part by Meta's response, or by the lack of one. */
export function classifyResponse(response: GraphResponse, sentAs: SentAs, attempt: number): SendingResult {
  if (response.outcome !== "answered") return { outcome: "refused", refusal: response, cause: "other" };
  const { status, headers, body } = response;
  const error = readGraphError(body);
  const accepted = error === null ? acceptedMessage.safeParse(body) : null;
  if (accepted?.success && status < 300) return { outcome: "sent", messageId: accepted.data.message_id };
  const waitMs = Math.max(readUsage(headers).regainMs, retryAfterMs(headers.get("retry-after")));
  const refusal = classifyError({ status, error, sentAs, waitMs, attempt });
  const cause = error?.code === 190 ? "token" : isRestricted(error) ? "restriction" : "other";
  return { outcome: "refused", refusal, cause };
}

/** Supports seconds only; for a date it is 0, and the backoff applies. */
function retryAfterMs(header: string | null): number {
  return /^\d{1,6}$/.test(header ?? "") ? Number(header) * 1000 : 0;
}
