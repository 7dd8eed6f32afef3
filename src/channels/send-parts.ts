import { createHash } from "node:crypto";
import { z } from "zod";
import type { DeliveryResult, Outbound } from "./channel.js";

/** One request to the vendor. */
export interface Part {
  /**
   * The same in every attempt, and different for different content: a text itself, an attachment's id. Kept as a hash, by
   * which a later attempt knows what has been sent.
   */
  readonly key: string;
}

type Unsent = Exclude<DeliveryResult, { outcome: "accepted" }>;

export type PartResult = { readonly outcome: "accepted"; readonly externalId: string } | Unsent;

const sentParts = z.array(z.object({ key: z.string(), externalId: z.string() })).nullable();

/**
 * Sends parts one after the other, and those that an earlier attempt has sent not again: how far it came is committed by
 * `saveProgress` before the next request. The first part that is not accepted decides the result, whose detail then says how
 * many were sent before. Stops between two parts when `signal` aborts; whatever `send` throws counts as uncertain.
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
  const before = sentParts.safeParse(outbound.progress);
  // Another version's, or damaged: to begin anew might send something twice.
  if (!before.success) return uncertainBecause("What was sent of it before cannot be read");
  const sent = before.data ?? [];
  // Content may change between two attempts: what was sent is known by what it was, not by where it stood.
  const earlier = [...sent];
  for (const [index, part] of parts.entries()) {
    const key = hash(part.key);
    const done = earlier.findIndex((one) => one.key === key);
    if (done >= 0) {
      earlier.splice(done, 1);
      continue;
    }
    if (signal.aborted) {
      return withProgress(sent.length, {
        outcome: "retry",
        failure: { code: "TIMED_OUT", detail: "Stopped before all of it was sent" },
      });
    }
    const result = await send(part).catch(uncertain);
    if (result.outcome !== "accepted") return withProgress(sent.length, result);
    sent.push({ key, externalId: result.externalId });
    if (index === parts.length - 1) break;
    try {
      await outbound.saveProgress([...sent]);
    } catch {
      // It is not known to a later attempt, which would send it again.
      return withProgress(sent.length, uncertainBecause("How far it came could not be stored"));
    }
  }
  return { outcome: "accepted", externalIds: sent.map(({ externalId }) => externalId) };
}

function uncertain(error: unknown): Unsent {
  const name = error instanceof Error ? error.name : "Something else";
  // Only the name: a message may hold what nobody should read.
  return uncertainBecause(`${name} was thrown while a part was sent`);
}

function uncertainBecause(detail: string): Unsent {
  return { outcome: "uncertain", failure: { code: "UNKNOWN", detail } };
}

function withProgress(sent: number, result: Unsent): Unsent {
  if (sent === 0) return result;
  const before = sent === 1 ? "One part of it was sent before." : `${sent} parts of it were sent before.`;
  return { ...result, failure: { ...result.failure, detail: `${before} ${result.failure.detail}` } };
}

function hash(key: string): string {
  return createHash("sha256").update(key).digest("base64url").slice(0, 22);
}
