import { z } from "zod";
import { classifyError, isRestricted, type Refusal } from "./classify-error.js";
import { writeEchoMetadata } from "./echo-metadata.js";
import { readGraphError } from "./graph-error.js";
import type { GraphAnswer } from "./graph-request.js";
import type { Part } from "./plan-parts.js";
import { readUsage } from "./usage.js";

export type SentAs = "response" | "human-agent";

/** One message for one person. */
export interface PartToSend {
  readonly recipient: string;
  readonly part: Part;
  readonly sentAs: SentAs;
  /** Null where echoes do not bring it back. */
  readonly metadata: { readonly deliveryId: string; readonly part: "last" | "earlier" } | null;
}

/** Pure: the body of the Send API's request. */
export function writeRequest({ recipient, part, sentAs, metadata }: PartToSend) {
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
      return { text: writeLink(part.file) };
  }
}

// A name may be long; the link must arrive whole.
function writeLink({ name, url }: { readonly name: string; readonly url: string }): string {
  return `${name.toWellFormed().slice(0, 100).toWellFormed()}\n${url}`;
}

export type SendingResult =
  | { readonly outcome: "sent"; readonly messageId: string }
  | { readonly outcome: "refused"; readonly refusal: Refusal; readonly because: "token" | "restriction" | "other" };

const taken = z.object({ message_id: z.string().min(1) });

/** Pure: what Meta's answer, or none, means for the part. */
export function classifyAnswer(answer: GraphAnswer, sentAs: SentAs, attempt: number): SendingResult {
  if (answer.outcome !== "answered") return { outcome: "refused", refusal: answer, because: "other" };
  const error = readGraphError(answer.body);
  const sent = error === null ? taken.safeParse(answer.body) : null;
  if (sent?.success && answer.status < 300) return { outcome: "sent", messageId: sent.data.message_id };
  const waitMs = Math.max(readUsage(answer.headers).regainMs, retryAfterMs(answer.headers.get("retry-after")));
  const refusal = classifyError({ status: answer.status, error, sentAs, waitMs, attempt });
  const because = error?.code === 190 ? "token" : isRestricted(error) ? "restriction" : "other";
  return { outcome: "refused", refusal, because };
}

/** Of seconds; a date is not understood, and the pause then grows by itself. */
function retryAfterMs(header: string | null): number {
  return /^\d{1,6}$/.test(header ?? "") ? Number(header) * 1000 : 0;
}
