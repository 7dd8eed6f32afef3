import { createHash } from "node:crypto";
import { z } from "zod";
import type { DeliveryResult, Outbound } from "./channel.js";

/** One request to the vendor. */
export interface Part {
  /**
   * The same in every attempt, and different for different content: the text itself, or an attachment's id. Its hash is
   * saved, so that a later attempt recognises what was sent.
   */
  readonly key: string;
}

type Unsent = Exclude<DeliveryResult, { outcome: "accepted" }>;

export type PartResult = { readonly outcome: "accepted"; readonly externalId: string } | Unsent;

const sentParts = z.array(z.object({ key: z.string(), externalId: z.string() })).nullable();

/**
 * Sends parts one after the other and skips those that an earlier attempt has sent: progress is committed with
 * `saveProgress` before the next request. The first part that is not accepted determines the result, whose detail says
 * how many parts were sent before it. Stops between two parts when `signal` aborts; an exception from `send` counts as
 * uncertain.
 */
export async function sendParts<Sent extends Part>(
  outbound: Pick<Outbound, "progress" | "saveProgress">,
  parts: readonly Sent[],
  signal: AbortSignal,
  send: (part: Sent) => Promise<PartResult>,
): Promise<DeliveryResult> {
  if (parts.length === 0) {
    return { outcome: "rejected", failure: { code: "CONTENT_REJECTED", detail: "There is nothing to send" } };
  }
  const progress = sentParts.safeParse(outbound.progress);
  // Written by another version, or damaged: starting again might send something twice.
  if (!progress.success) return uncertainBecause("The progress of an earlier attempt cannot be read");
  const sent = progress.data ?? [];
  // Content may change between two attempts, so parts are matched by content and not by position.
  const alreadySent = [...sent];
  for (const [index, part] of parts.entries()) {
    const key = hash(part.key);
    const match = alreadySent.findIndex((sentPart) => sentPart.key === key);
    if (match >= 0) {
      alreadySent.splice(match, 1);
      continue;
    }
    if (signal.aborted) {
      return withProgress(sent.length, {
        outcome: "retry",
        failure: { code: "TIMED_OUT", detail: "Stopped before all parts were sent" },
      });
    }
    const result = await send(part).catch(uncertain);
    if (result.outcome !== "accepted") return withProgress(sent.length, result);
    sent.push({ key, externalId: result.externalId });
    if (index === parts.length - 1) break;
    try {
      await outbound.saveProgress([...sent]);
    } catch {
      // A retry would not know of this part, and would send it again.
      return withProgress(sent.length, uncertainBecause("Progress could not be stored"));
    }
  }
  return { outcome: "accepted", externalIds: sent.map(({ externalId }) => externalId) };
}

function uncertain(error: unknown): Unsent {
  const name = error instanceof Error ? error.name : "A value that is not an Error";
  // Only the name: the message may contain secrets.
  return uncertainBecause(`${name} was thrown while sending a part`);
}

function uncertainBecause(detail: string): Unsent {
  return { outcome: "uncertain", failure: { code: "UNKNOWN", detail } };
}

function withProgress(sent: number, result: Unsent): Unsent {
  if (sent === 0) return result;
  const before = sent === 1 ? "One part was sent before." : `${sent} parts were sent before.`;
  return { ...result, failure: { ...result.failure, detail: `${before} ${result.failure.detail}` } };
}

function hash(key: string): string {
  return createHash("sha256").update(key).digest("base64url").slice(0, 22);
}
