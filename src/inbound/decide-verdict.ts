import type { DropReason } from "../channels/channel.js";
import type { EventOutcome } from "./event-outcome.js";

/** What becomes of an original. */
export type Verdict =
  | {
      readonly status: "UNDERSTOOD";
      readonly conversationId: string;
      readonly messageId: string | null;
      readonly deliveryId: string | null;
    }
  | {
      readonly status: "DROPPED";
      readonly reason: DropReason;
      readonly detail: string | null;
      readonly conversationId: string | null;
    };

/** One event that could be applied makes an original understood; else the first one's reason stands for all. */
export function decideVerdict(outcomes: readonly EventOutcome[]): Verdict {
  const applied = outcomes.filter((outcome) => outcome.kind === "applied");
  const [first] = applied;
  if (first !== undefined) {
    // A message leads where there is one: it is what people look for.
    const { conversationId, messageId } = applied.find((outcome) => outcome.messageId !== null) ?? first;
    const deliveryId = applied.find((outcome) => outcome.deliveryId !== null)?.deliveryId ?? null;
    return { status: "UNDERSTOOD", conversationId, messageId, deliveryId };
  }
  const dropped = outcomes.find((outcome) => outcome.kind === "dropped");
  if (dropped === undefined) throw new Error("An original without events cannot be understood.");
  const { reason, detail, conversationId } = dropped;
  return { status: "DROPPED", reason, detail, conversationId };
}
